-- What an analyzer's SQL finds, and beside its columns the decimals that amounts are written with; 2 for an unknown
-- organization, which is refused right after.
CREATE OR REPLACE TEMP TABLE fresh_findings AS
SELECT f.*, coalesce(o.currency_decimals, 2) AS currency_decimals
FROM (
    {{analyzer_sql}}
) AS f
LEFT JOIN organizations AS o ON o.organization_id = f.organization_id
