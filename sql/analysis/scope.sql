-- The ranges of months analysed. An organization's ledger shows $lookback months before its first one; where that is all
-- there is of it, or all is asked for ($lookback NULL), `since` is a day before every ledger.
CREATE OR REPLACE TEMP TABLE scope AS
WITH ranges AS (
    SELECT
        unnest(CAST($ids AS UUID[])) AS organization_id,
        unnest(CAST($firsts AS DATE[])) AS first_month,
        unnest(CAST($lasts AS DATE[])) AS last_month
),
extents AS (
    SELECT organization_id, min(first_month) - to_months(CAST($lookback AS INTEGER)) AS since
    FROM ranges
    GROUP BY ALL
),
beginnings AS (
    SELECT organization_id, min(month) AS month
    FROM ledger_totals
    GROUP BY ALL
)
SELECT
    r.organization_id,
    r.first_month,
    r.last_month,
    CASE WHEN b.month < e.since THEN CAST(e.since AS DATE) ELSE DATE '0001-01-01' END AS since
FROM ranges AS r
JOIN extents AS e USING (organization_id)
LEFT JOIN beginnings AS b USING (organization_id)
