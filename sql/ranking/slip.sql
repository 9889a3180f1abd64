-- An amount never paid to this vendor before that is exactly 10 or 100 times one paid to it within the year.
WITH round AS (
    SELECT DISTINCT p.org, p.vendor, p.amount, p.month
    FROM payments AS p
    JOIN ranked_organizations AS o USING (org)
    SEMI JOIN ranked_months AS r ON r.org = p.org AND r.month = p.month
    WHERE p.amount % 10 = 0 AND p.amount >= 1000 * o.major_unit
),
candidates AS (
    SELECT *, amount // factor AS small
    FROM round
    CROSS JOIN (SELECT unnest([10, 100]) AS factor) AS f
    WHERE amount % factor = 0 AND significant_digits(amount) >= 2
),
-- The year's payments of the smaller amount, if there are any.
explained AS (
    SELECT c.org, c.vendor, c.month, c.amount, c.factor, c.small, count(*) AS times, max(p.day) AS last_day
    FROM candidates AS c
    JOIN payments AS p ON p.vendor = c.vendor AND p.amount = c.small AND p.month BETWEEN c.month - 12 AND c.month
    GROUP BY ALL
),
firsts AS (
    SELECT p.vendor, p.amount, min(p.month) AS month
    FROM payments AS p
    SEMI JOIN explained AS e ON e.vendor = p.vendor AND e.amount = p.amount
    GROUP BY ALL
),
new_amounts AS (
    SELECT e.*
    FROM explained AS e
    SEMI JOIN firsts AS f ON f.vendor = e.vendor AND f.amount = e.amount AND f.month = e.month
    QUALIFY row_number() OVER (PARTITION BY e.vendor, e.month, e.amount ORDER BY e.factor) = 1
),
found AS (
    SELECT
        n.*, min(p.day) AS first_day, count(*) AS payments_of_amount, list(p.payment ORDER BY p.day, p.payment) AS payments
    FROM new_amounts AS n
    JOIN payments AS p ON p.vendor = n.vendor AND p.month = n.month AND p.amount = n.amount
    GROUP BY ALL
),
judged AS (
    SELECT f.*, 33 * (significant_digits(f.small) - 1) - tenths(h.recent_payments + 1) AS evidence
    FROM found AS f
    JOIN vendor_history AS h ON h.vendor = f.vendor AND h.month = f.month
)
SELECT
    j.org, j.vendor, j.month, j.evidence, j.payments_of_amount * (j.amount - j.small) AS stake, j.payments,
    {amount: j.amount, factor: j.factor, small: j.small, times: j.times, last_day: j.last_day} AS figures
FROM judged AS j
ANTI JOIN refunds AS r
    ON r.vendor = j.vendor AND r.amount = j.amount AND r.day >= j.first_day AND r.day <= month_end(j.month)
WHERE j.evidence >= 30
