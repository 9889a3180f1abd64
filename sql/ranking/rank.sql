-- How rare each signal is among those of its kind that the window ending with its month had: how many were at least this strong,
-- itself included, in bits a month. Points add what is at stake.
CREATE OR REPLACE TEMP TABLE scored_signals AS
WITH known AS (
    SELECT kind, org, vendor, month, strength FROM found_signals
    UNION ALL
    SELECT kind, org, NULL, month, strength FROM past_signals
),
counted AS (
    SELECT
        kind, org, vendor, month,
        CAST(count(*) OVER lately - rank(ORDER BY strength) OVER lately + 1 AS INTEGER) AS as_strong
    FROM known
    WINDOW lately AS (
        PARTITION BY org, kind ORDER BY month RANGE BETWEEN window_months() - 1 PRECEDING AND CURRENT ROW
    )
),
rare AS (
    SELECT
        s.*, c.as_strong, CAST(least(o.age, window_months()) AS INTEGER) AS of_months,
        tenths(10 * least(o.age, window_months())) - tenths(10 * c.as_strong) AS rarity
    FROM found_signals AS s
    JOIN counted AS c ON c.kind = s.kind AND c.org = s.org AND c.vendor = s.vendor AND c.month = s.month
    JOIN organization_months AS o ON o.org = s.org AND o.month = s.month
)
SELECT r.*, r.rarity + coalesce(b.bonus, 0) + (3 * tenths(greatest(r.stake, 1))) // 10 AS points
FROM rare AS r
LEFT JOIN kind_bonus AS b ON b.org = r.org AND b.kind = r.kind AND b.month = r.month;

-- All signals about one subject in one month are a case: the points of the best, and one bit more for every other kind that is
-- not common. What people lately judged to be in order at this vendor, for this kind of signal, counts two bits less.
CREATE OR REPLACE TEMP TABLE ranked_cases AS
WITH gathered AS (
    SELECT
        org, vendor, month,
        max(points) + 10 * greatest(0, CAST(count(*) FILTER (rarity > -40) AS INTEGER) - 1) AS score,
        max(stake) AS stake,
        list(kind ORDER BY points DESC, kind) AS kinds
    FROM scored_signals
    GROUP BY ALL
),
named AS (
    SELECT g.*, s.subject, s.name
    FROM gathered AS g
    JOIN subjects AS s ON s.vendor = g.vendor
),
lowered AS (
    SELECT
        n.* REPLACE (n.score - CASE WHEN j.outcome IS NULL THEN 0 ELSE 20 END AS score), j.outcome AS judged_as,
        j.number AS judged_in
    FROM named AS n
    LEFT JOIN (
        SELECT org, subject, kind, month, arg_max(outcome, number) AS outcome, max(number) AS number
        FROM judged_cases
        GROUP BY ALL
    ) AS j ON j.org = n.org AND j.subject = n.subject AND j.kind = n.kinds[1] AND j.month = n.month
)
SELECT
    *, CAST(row_number() OVER (PARTITION BY org, month ORDER BY score DESC, stake DESC, subject) AS INTEGER) AS rank
FROM lowered;
