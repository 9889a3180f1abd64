-- Two or more different amounts just under a limit within days, as they stood at the end of the month; how rare payments in
-- that band are at this vendor says how much that means.
WITH limits AS (
    SELECT o.org, l.limit_amount * o.major_unit AS limit_amount
    FROM organization_limits AS l
    JOIN ranked_organizations AS o USING (organization_id)
),
just_under AS (
    SELECT p.org, p.vendor, p.month, p.day, p.amount, p.payment, l.limit_amount
    FROM payments AS p
    JOIN limits AS l ON l.org = p.org AND p.amount < l.limit_amount AND p.amount >= l.limit_amount - l.limit_amount // 10
),
members AS (
    FROM just_under AS j SEMI JOIN vendor_history AS h ON h.vendor = j.vendor
),
linked AS (
    SELECT
        *,
        coalesce(day - lag(day) OVER (PARTITION BY vendor, limit_amount ORDER BY day, payment) > 3, true) AS begins
    FROM members
),
chained AS (
    SELECT
        *, count(*) FILTER (begins) OVER (
            PARTITION BY vendor, limit_amount ORDER BY day, payment ROWS UNBOUNDED PRECEDING
        ) AS chain
    FROM linked
),
ends AS (
    SELECT DISTINCT c.org, c.vendor, c.limit_amount, c.chain, c.month
    FROM chained AS c
    SEMI JOIN ranked_months AS r ON r.org = c.org AND r.month = c.month
),
chains AS (
    SELECT
        e.org, e.vendor, e.limit_amount, e.chain, e.month, count(DISTINCT c.amount) AS amounts,
        CAST(sum(c.amount) AS BIGINT) AS stake, min(c.day) AS first_day, max(c.day) AS last_day,
        list(c.payment ORDER BY c.day, c.payment) AS payments
    FROM ends AS e
    JOIN chained AS c
        ON c.vendor = e.vendor AND c.limit_amount = e.limit_amount AND c.chain = e.chain AND c.month <= e.month
    GROUP BY ALL
    HAVING count(DISTINCT c.amount) >= 2
),
monthly AS (
    SELECT org, vendor, limit_amount, month, count(*) AS payments
    FROM just_under
    GROUP BY ALL
),
vendor_habits AS (
    SELECT
        vendor, limit_amount, month,
        CAST(coalesce(sum(payments) OVER (
            PARTITION BY vendor, limit_amount ORDER BY month RANGE BETWEEN window_months() PRECEDING AND 1 PRECEDING
        ), 0) AS BIGINT) AS payments
    FROM monthly
),
organization_habits AS (
    SELECT
        org, limit_amount, month,
        CAST(sum(sum(payments)) OVER (
            PARTITION BY org, limit_amount ORDER BY month RANGE BETWEEN window_months() - 1 PRECEDING AND CURRENT ROW
        ) AS BIGINT) AS payments
    FROM monthly
    GROUP BY org, limit_amount, month
),
judged AS (
    SELECT
        c.*, v.payments AS earlier_in_band, h.recent_payments,
        least(c.amounts, 6) * greatest(0,
            tenths(1000 * (h.recent_payments + 10))
            - tenths(1000 * v.payments + 10 * greatest(1, (1000 * o.payments) // m.payments))
            + tenths(c.amounts) - tenths(h.payments) - 14
        ) AS evidence
    FROM chains AS c
    JOIN vendor_history AS h ON h.vendor = c.vendor AND h.month = c.month
    JOIN vendor_habits AS v ON v.vendor = c.vendor AND v.limit_amount = c.limit_amount AND v.month = c.month
    JOIN organization_habits AS o ON o.org = c.org AND o.limit_amount = c.limit_amount AND o.month = c.month
    JOIN organization_months AS m ON m.org = c.org AND m.month = c.month
)
SELECT
    org, vendor, month, evidence, stake, payments,
    {
        payments: len(payments), limit_amount: limit_amount, days: last_day - first_day, together: stake,
        earlier_in_band: earlier_in_band, vendor_payments: recent_payments
    } AS figures
FROM judged
WHERE evidence >= 30
