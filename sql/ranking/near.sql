-- Two payments to one vendor whose amounts differ by two neighbouring digits that changed places. Swapping the digits hi and lo
-- above each other changes an amount by 9 · 10^k · (hi - lo), so the other amount is computed and looked up.
WITH amounts AS (
    SELECT p.vendor, p.amount
    FROM recent_payments AS p
    JOIN ranked_organizations AS o USING (org)
    WHERE p.amount >= 100 * o.major_unit
    GROUP BY ALL
),
places AS (
    SELECT
        vendor, amount,
        unnest([
            1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000, 100000000000,
            1000000000000, 10000000000000, 100000000000000
        ][:length(CAST(amount AS VARCHAR)) - 1]) AS place
    FROM amounts
),
digits AS (
    SELECT vendor, amount, place, (amount // (10 * place)) % 10 AS high, (amount // place) % 10 AS low
    FROM places
),
swapped AS (
    SELECT vendor, amount AS larger, amount - 9 * place * (high - low) AS smaller
    FROM digits
    WHERE high > low AND (low > 0 OR amount >= 100 * place)
),
twins AS (
    FROM swapped AS s SEMI JOIN amounts AS a ON a.vendor = s.vendor AND a.amount = s.smaller
),
members AS (
    SELECT p.org, p.vendor, p.month, p.day, p.amount, p.payment, t.smaller, t.larger
    FROM recent_payments AS p
    JOIN (
        SELECT vendor, smaller, larger, larger AS amount FROM twins
        UNION ALL
        SELECT vendor, smaller, larger, smaller FROM twins
    ) AS t ON t.vendor = p.vendor AND t.amount = p.amount
),
-- By month the two amounts in the order in which they were paid, of several such pairs the last one.
pairs AS (
    SELECT
        b.org, b.vendor, b.month, a.amount AS first_amount, b.amount AS amount, a.month AS first_month, a.day AS first_day,
        b.day, a.payment AS first_payment, b.payment
    FROM members AS a
    JOIN members AS b
        ON b.vendor = a.vendor AND b.smaller = a.smaller AND b.larger = a.larger AND b.amount <> a.amount
        AND b.day - a.day BETWEEN 0 AND near_days() AND (a.day, a.payment) < (b.day, b.payment)
    QUALIFY row_number() OVER (
        PARTITION BY b.vendor, b.month, a.amount, b.amount ORDER BY b.day DESC, b.payment DESC, a.day DESC, a.payment DESC
    ) = 1
),
monthly AS (
    SELECT org, vendor, month, count(*) AS pairs
    FROM pairs
    GROUP BY ALL
),
vendor_habits AS (
    SELECT
        vendor, month,
        CAST(coalesce(sum(pairs) OVER (
            PARTITION BY vendor ORDER BY month RANGE BETWEEN window_months() PRECEDING AND 1 PRECEDING
        ), 0) AS BIGINT) AS pairs
    FROM monthly
),
organization_habits AS (
    SELECT
        org, month,
        CAST(sum(sum(pairs)) OVER (
            PARTITION BY org ORDER BY month RANGE BETWEEN window_months() - 1 PRECEDING AND CURRENT ROW
        ) AS BIGINT) AS pairs
    FROM monthly
    GROUP BY org, month
),
ranked AS (
    FROM pairs AS p SEMI JOIN ranked_months AS r ON r.org = p.org AND r.month = p.month
),
-- In how many earlier months either amount was paid: what is paid again and again is no slip of the hand.
used AS (
    SELECT DISTINCT p.vendor, p.amount, p.month
    FROM payments AS p
    SEMI JOIN (
        SELECT vendor, first_amount AS amount FROM ranked
        UNION
        SELECT vendor, amount FROM ranked
    ) AS r ON r.vendor = p.vendor AND r.amount = p.amount
),
weighed AS (
    SELECT
        r.*, h.payments, h.recent_payments, v.pairs AS vendor_pairs, o.pairs AS all_pairs, m.payments AS all_payments,
        (
            SELECT count(*) FROM used AS u
            WHERE u.vendor = r.vendor AND u.amount = r.first_amount AND u.month < r.first_month
        ) AS first_months,
        (
            SELECT count(*) FROM used AS u
            WHERE u.vendor = r.vendor AND u.amount = r.amount AND u.month < r.month
        ) AS months
    FROM ranked AS r
    JOIN vendor_history AS h ON h.vendor = r.vendor AND h.month = r.month
    JOIN vendor_habits AS v ON v.vendor = r.vendor AND v.month = r.month
    JOIN organization_habits AS o ON o.org = r.org AND o.month = r.month
    JOIN organization_months AS m ON m.org = r.org AND m.month = r.month
),
judged AS (
    SELECT
        *,
        tenths(100000 * (recent_payments + 10))
        - tenths(100000 * vendor_pairs + 10 * greatest(1, (100000 * all_pairs) // all_payments))
        - 12 * greatest(0, 6 - significant_digits(first_amount))
        - greatest(0, tenths(payments) - 10)
        - CASE WHEN first_months > 1 THEN 10 * least(first_months, 4) ELSE 0 END
        - CASE WHEN months > 0 THEN 10 * least(months + 1, 5) ELSE 0 END AS evidence
    FROM weighed
)
SELECT
    j.org, j.vendor, j.month, j.evidence, least(j.first_amount, j.amount) AS stake, [j.first_payment, j.payment] AS payments,
    {
        first_amount: j.first_amount, amount: j.amount, gap: j.day - j.first_day, vendor_pairs: j.vendor_pairs,
        vendor_payments: j.recent_payments
    } AS figures
FROM judged AS j
ANTI JOIN refunds AS r
    ON r.vendor = j.vendor AND r.amount IN (j.first_amount, j.amount) AND r.day >= j.first_day AND r.day <= month_end(j.month)
WHERE j.evidence >= 15
