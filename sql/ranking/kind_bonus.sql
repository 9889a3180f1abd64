-- Points that each kind has by itself in each month: what the organization sets, and how often its cases of earlier months were
-- worth something, against those of all kinds; at most two bits either way.
CREATE OR REPLACE TEMP TABLE kind_bonus AS
WITH judged AS (
    SELECT r.org, r.month, j.kind, count(*) FILTER (j.outcome = 'fixed') AS fixed, count(*) AS resolved
    FROM ranked_months AS r
    JOIN outcomes AS j ON j.org = r.org AND j.month < r.month
    GROUP BY ALL
),
rated AS (
    SELECT
        org, month, kind,
        greatest(-20, least(20, tenths(fixed + 1) - tenths(resolved + 2) - (
            tenths(sum(fixed) OVER of_all + 1) - tenths(sum(resolved) OVER of_all + 2)
        ))) AS bonus
    FROM judged
    WINDOW of_all AS (PARTITION BY org, month)
),
fixed_bonus AS (
    SELECT o.org, r.month, b.kind, b.bonus
    FROM organization_bonus AS b
    JOIN ranked_organizations AS o USING (organization_id)
    JOIN ranked_months AS r ON r.org = o.org
)
SELECT org, month, kind, CAST(sum(bonus) AS INTEGER) AS bonus
FROM (
    FROM rated
    UNION ALL BY NAME
    FROM fixed_bonus
)
GROUP BY ALL;

-- Cases of the 12 months before that somebody judged to be in order.
CREATE OR REPLACE TEMP TABLE judged_cases AS
SELECT r.org, r.month, j.subject, j.kind, j.outcome, j.number
FROM ranked_months AS r
JOIN outcomes AS j ON j.org = r.org AND j.month BETWEEN r.month - 12 AND r.month - 1
WHERE j.outcome IN ('accepted', 'false_positive');
