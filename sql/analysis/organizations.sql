-- The organizations in scope, and no others. Amounts travel as text, so that no decimal becomes a float.
CREATE OR REPLACE TEMP TABLE organizations AS
WITH given AS (
    SELECT
        unnest(CAST($ids AS UUID[])) AS organization_id,
        unnest(CAST($currencies AS VARCHAR[])) AS currency,
        CAST(unnest(CAST($decimals AS INTEGER[])) AS TINYINT) AS currency_decimals,
        CAST(unnest(CAST($balances AS VARCHAR[])) AS DECIMAL(18, 4)) AS opening_balance,
        unnest(CAST($dates AS DATE[])) AS opening_date
)
FROM given AS g SEMI JOIN scope AS s ON s.organization_id = g.organization_id
