-- The thresholds of the organizations in scope, and no others. Amounts travel as text, so that no decimal becomes a float; the
-- case of a category goes where that of the ledger's categories does.
CREATE OR REPLACE TEMP TABLE thresholds AS
WITH given AS (
    SELECT
        unnest(CAST($ids AS UUID[])) AS organization_id,
        unnest(CAST($slugs AS VARCHAR[])) AS threshold,
        unnest(CAST($names AS VARCHAR[])) AS name,
        unnest(CAST($periods AS VARCHAR[])) AS period,
        unnest(CAST($scope_kinds AS VARCHAR[])) AS scope_kind,
        unnest(CAST($scope_keys AS VARCHAR[])) AS scope_key,
        unnest(CAST($scope_names AS VARCHAR[])) AS scope_name,
        unnest(CAST($types AS VARCHAR[])) AS type,
        unnest(CAST($operators AS VARCHAR[])) AS operator,
        CAST(unnest(CAST($amounts AS VARCHAR[])) AS DECIMAL(18, 4)) AS amount,
        CAST(unnest(CAST($warn_ats AS VARCHAR[])) AS DECIMAL(18, 4)) AS warn_at,
        unnest(CAST($severities AS VARCHAR[])) AS severity,
        unnest(CAST($valid_froms AS DATE[])) AS valid_from,
        unnest(CAST($valid_tos AS DATE[])) AS valid_to
)
SELECT
    g.organization_id,
    g.threshold,
    g.name,
    g.period,
    g.scope_kind,
    CASE g.scope_kind WHEN 'category' THEN category_key(g.scope_key) ELSE g.scope_key END AS scope_value,
    g.scope_name,
    g.type,
    g.operator,
    g.amount,
    g.warn_at,
    g.severity,
    g.valid_from,
    g.valid_to
FROM given AS g SEMI JOIN scope AS s ON s.organization_id = g.organization_id
