-- A payment whose amount and {{field}} stand at an earlier one to the same vendor: the payer's own key, used twice. How often
-- such texts repeat here, and at this vendor, says how much that means.
WITH referenced AS (
    SELECT org, vendor, month, day, amount, payment, {{field}} AS reference
    FROM recent_payments
    WHERE {{field}} IS NOT NULL AND {{telling}}
),
-- What three vendors have used is a word and no reference, from the month of the third on.
shared AS (
    SELECT org, {{field}} AS reference
    FROM postings
    WHERE NOT is_refund AND {{field}} IS NOT NULL AND {{telling}}
    GROUP BY ALL
    HAVING min(vendor) < max(vendor)
),
users AS (
    SELECT p.org, p.vendor, p.{{field}} AS reference, min(p.month) AS month
    FROM postings AS p
    SEMI JOIN shared AS s ON s.org = p.org AND s.reference = p.{{field}}
    WHERE NOT p.is_refund AND {{telling}}
    GROUP BY ALL
),
words AS (
    SELECT org, reference, min(month, 3)[3] AS month
    FROM users
    GROUP BY ALL
    HAVING count(*) >= 3
),
telling AS (
    SELECT r.*
    FROM referenced AS r
    LEFT JOIN words AS w ON w.org = r.org AND w.reference = r.reference
    WHERE coalesce(r.month < w.month, true)
),
twice AS (
    SELECT vendor, reference, amount
    FROM telling
    SEMI JOIN (SELECT DISTINCT vendor, amount FROM equal_payments) AS e USING (vendor, amount)
    GROUP BY ALL
    HAVING count(*) > 1
),
followed AS (
    SELECT
        *, lag(payment) OVER equal AS previous, lag(day) OVER equal AS previous_day
    FROM telling
    SEMI JOIN twice USING (vendor, reference, amount)
    WINDOW equal AS (PARTITION BY vendor, reference, amount ORDER BY day, payment)
),
pairs AS (
    SELECT *, day = previous_day AS same_day
    FROM followed
    WHERE day - previous_day <= same_ref_days()
),
-- How many payments have a reference, and how many of these repeat one: on the same day, or later.
counted AS (
    SELECT org, vendor, month, count(*) AS payments, 0 AS on_day, 0 AS later
    FROM telling
    GROUP BY ALL
    UNION ALL
    SELECT org, vendor, month, 0, count(*) FILTER (same_day), count(*) FILTER (NOT same_day)
    FROM pairs
    GROUP BY ALL
),
vendor_months AS (
    SELECT org, vendor, month, sum(payments) AS payments, sum(on_day) AS on_day, sum(later) AS later
    FROM counted
    GROUP BY ALL
),
vendor_habits AS (
    SELECT
        vendor, month,
        CAST(coalesce(sum(payments) OVER before, 0) AS BIGINT) AS payments,
        CAST(coalesce(sum(on_day) OVER before, 0) AS BIGINT) AS on_day,
        CAST(coalesce(sum(later) OVER before, 0) AS BIGINT) AS later
    FROM vendor_months
    SEMI JOIN (SELECT DISTINCT vendor FROM pairs) AS p USING (vendor)
    WINDOW before AS (PARTITION BY vendor ORDER BY month RANGE BETWEEN window_months() PRECEDING AND 1 PRECEDING)
),
-- A month counts at most 20 of each, so that one event does not spoil the references for two years.
organization_habits AS (
    SELECT
        org, month,
        CAST(coalesce(sum(sum(payments)) OVER before, 0) AS BIGINT) AS payments,
        CAST(coalesce(sum(least(sum(on_day), 20)) OVER before, 0) AS BIGINT) AS on_day,
        CAST(coalesce(sum(least(sum(later), 20)) OVER before, 0) AS BIGINT) AS later
    FROM vendor_months
    GROUP BY org, month
    WINDOW before AS (PARTITION BY org ORDER BY month RANGE BETWEEN window_months() PRECEDING AND 1 PRECEDING)
),
weighed AS (
    SELECT
        p.*, o.payments AS all_payments,
        CASE WHEN p.same_day THEN o.on_day ELSE o.later END AS all_repeats,
        CASE WHEN p.same_day THEN v.on_day ELSE v.later END AS vendor_repeats,
        v.payments AS vendor_payments
    FROM pairs AS p
    SEMI JOIN ranked_months AS r ON r.org = p.org AND r.month = p.month
    JOIN vendor_habits AS v ON v.vendor = p.vendor AND v.month = p.month
    JOIN organization_habits AS o ON o.org = p.org AND o.month = p.month
),
judged AS (
    SELECT
        *,
        199 - tenths(greatest(1, (
            1000000 * vendor_repeats + 10 * ((1000000 * (all_repeats + 1)) // (all_payments + 100))
        ) // (vendor_payments + 10))) AS evidence
    FROM weighed
),
standing AS (
    FROM judged AS j
    ANTI JOIN refunds AS r
        ON r.vendor = j.vendor AND r.amount = j.amount AND r.day >= j.previous_day AND r.day <= month_end(j.month)
    WHERE j.evidence >= 60
)
SELECT
    org, vendor, month, evidence, amount AS stake, [previous, payment] AS payments,
    {
        field: '{{field}}', first_day: previous_day, day: day, amount: amount, repeats: all_repeats, of_payments: all_payments,
        vendor_repeats: vendor_repeats, vendor_payments: vendor_payments
    } AS figures
FROM standing
