-- Equal payments to one vendor that lie close together: how seldom the vendor repeats amounts of that size, how seldom this
-- amount is paid at all, how unusual the distance is, more copies than ever before, booked to different categories.
WITH found AS (
    SELECT r.org, r.vendor, r.amount, r.month, count(*) AS again, min(r.gap) AS gap
    FROM repeats AS r
    SEMI JOIN ranked_months AS m ON m.org = r.org AND m.month = r.month
    GROUP BY ALL
),
paid AS (
    SELECT
        p.vendor, p.amount, p.month, count(*) AS copies, min(p.day) AS first_day, max(p.day) AS last_day,
        coalesce(min(p.category) <> max(p.category), false) AS booked_apart
    FROM payments AS p
    SEMI JOIN found AS f ON f.vendor = p.vendor AND f.amount = p.amount
    GROUP BY ALL
),
placed AS (
    SELECT
        *,
        coalesce(first_day - lag(last_day) OVER amounts <= repeat_days(), false) AS goes_on,
        lag(last_day) OVER amounts AS previous_day,
        row_number() OVER amounts - 1 AS earlier_months
    FROM paid
    WINDOW amounts AS (PARTITION BY vendor, amount ORDER BY month)
),
candidates AS (
    SELECT
        f.*, p.copies, p.booked_apart,
        CASE WHEN p.goes_on THEN p.previous_day ELSE p.first_day END AS since,
        p.earlier_months - CAST(p.goes_on AS INTEGER) AS other_months
    FROM found AS f
    JOIN placed AS p ON p.vendor = f.vendor AND p.amount = f.amount AND p.month = f.month
),
returned AS (
    SELECT c.vendor, c.amount, c.month, count(*) AS refunds
    FROM candidates AS c
    JOIN refunds AS r ON r.vendor = c.vendor AND r.amount = c.amount AND r.day BETWEEN c.since AND month_end(c.month)
    GROUP BY ALL
),
standing AS (
    SELECT c.*, band(c.amount) AS band, c.again - coalesce(r.refunds, 0) AS extra
    FROM candidates AS c
    LEFT JOIN returned AS r ON r.vendor = c.vendor AND r.amount = c.amount AND r.month = c.month
    WHERE c.again > coalesce(r.refunds, 0)
),
-- Habits: of the vendor in the months before, of the organization in those that end with this one.
vendor_months AS (
    SELECT org, vendor, month, count(*) AS repeats
    FROM repeats
    GROUP BY ALL
),
vendor_habits AS (
    SELECT
        vendor, month,
        CAST(coalesce(sum(repeats) OVER (
            PARTITION BY vendor ORDER BY month RANGE BETWEEN window_months() PRECEDING AND 1 PRECEDING
        ), 0) AS BIGINT) AS repeats
    FROM vendor_months
),
organization_habits AS (
    SELECT
        org, month,
        CAST(sum(sum(repeats)) OVER (
            PARTITION BY org ORDER BY month RANGE BETWEEN window_months() - 1 PRECEDING AND CURRENT ROW
        ) AS BIGINT) AS repeats
    FROM vendor_months
    GROUP BY org, month
),
paid_bands AS (
    SELECT org, vendor, band(amount) AS band, month, count(*) AS payments
    FROM recent_payments
    GROUP BY ALL
),
repeated_bands AS (
    SELECT vendor, band(amount) AS band, month, count(*) AS repeats
    FROM repeats
    GROUP BY ALL
),
bands AS (
    SELECT p.*, coalesce(r.repeats, 0) AS repeats
    FROM paid_bands AS p
    LEFT JOIN repeated_bands AS r ON r.vendor = p.vendor AND r.band = p.band AND r.month = p.month
),
vendor_bands AS (
    SELECT
        vendor, band, month,
        CAST(coalesce(sum(payments) OVER before, 0) AS BIGINT) AS payments,
        CAST(coalesce(sum(repeats) OVER before, 0) AS BIGINT) AS repeats
    FROM bands
    SEMI JOIN (SELECT DISTINCT vendor, band FROM standing) AS s USING (vendor, band)
    WINDOW before AS (PARTITION BY vendor, band ORDER BY month RANGE BETWEEN window_months() PRECEDING AND 1 PRECEDING)
),
organization_bands AS (
    SELECT
        org, band, month,
        CAST(sum(sum(payments)) OVER lately AS BIGINT) AS payments,
        CAST(sum(sum(repeats)) OVER lately AS BIGINT) AS repeats
    FROM bands
    GROUP BY org, band, month
    WINDOW lately AS (PARTITION BY org, band ORDER BY month RANGE BETWEEN window_months() - 1 PRECEDING AND CURRENT ROW)
),
gaps AS (
    SELECT
        org, gap, month,
        CAST(sum(count(*)) OVER (
            PARTITION BY org, gap ORDER BY month RANGE BETWEEN window_months() - 1 PRECEDING AND CURRENT ROW
        ) AS BIGINT) AS repeats
    FROM repeats
    GROUP BY org, gap, month
),
most_copies AS (
    SELECT
        vendor, month,
        coalesce(max(max(copies)) OVER (
            PARTITION BY vendor ORDER BY month RANGE BETWEEN window_months() PRECEDING AND 1 PRECEDING
        ), 1) AS copies
    FROM (SELECT vendor, month, amount, count(*) AS copies FROM equal_payments GROUP BY ALL HAVING count(*) > 1)
    GROUP BY vendor, month
),
weighed AS (
    SELECT
        s.*, h.recent_payments, h.earlier_months, v.repeats AS vendor_repeats, o.repeats AS all_repeats,
        g.repeats AS gap_repeats,
        199 - tenths(greatest(1, (
            1000000 * b.repeats
            + 10 * (
                (1000000 * v.repeats + 10 * ((1000000 * q.repeats + 10000) // (q.payments + 1000)))
                // (h.recent_payments + 10)
            )
        ) // (b.payments + 10))) AS of_vendor,
        CASE
            WHEN s.other_months > 0 THEN greatest(0, tenths(h.earlier_months + 1) - tenths(s.other_months + 1))
            ELSE 200
        END AS of_amount,
        tenths(o.repeats + 1) - tenths(g.repeats)
        + CASE WHEN s.gap = 0 THEN 23 WHEN s.gap <= 13 THEN 0 WHEN s.gap <= 30 THEN -18 ELSE -39 END AS of_gap,
        greatest(0, 2 * (tenths(s.copies) - tenths(coalesce(m.copies, s.copies)))) AS of_copies,
        CASE WHEN s.booked_apart THEN 20 ELSE 0 END AS of_categories
    FROM standing AS s
    JOIN vendor_history AS h ON h.vendor = s.vendor AND h.month = s.month
    JOIN vendor_habits AS v ON v.vendor = s.vendor AND v.month = s.month
    JOIN organization_habits AS o ON o.org = s.org AND o.month = s.month
    JOIN vendor_bands AS b ON b.vendor = s.vendor AND b.band = s.band AND b.month = s.month
    JOIN organization_bands AS q ON q.org = s.org AND q.band = s.band AND q.month = s.month
    JOIN gaps AS g ON g.org = s.org AND g.gap = s.gap AND g.month = s.month
    LEFT JOIN most_copies AS m ON m.vendor = s.vendor AND m.month = s.month
),
judged AS (
    SELECT *, least(of_vendor, of_amount) + of_gap + of_copies + of_categories AS evidence
    FROM weighed
),
listed AS (
    SELECT j.vendor, j.amount, j.month, list_sort(list(p.payment)) AS payments
    FROM judged AS j
    JOIN payments AS p
        ON p.vendor = j.vendor AND p.amount = j.amount AND p.day >= j.since AND p.month <= j.month
    WHERE j.evidence >= 10
    GROUP BY ALL
)
SELECT
    j.org, j.vendor, j.month, j.evidence, least(j.copies, j.extra) * j.amount AS stake, l.payments,
    {
        payments: len(l.payments), amount: j.amount, gap: j.gap, vendor_repeats: j.vendor_repeats,
        vendor_payments: j.recent_payments, repeats: j.all_repeats, repeats_of_gap: j.gap_repeats,
        months_with_amount: j.other_months, earlier_months: j.earlier_months, amount_is_usual: j.of_amount < j.of_vendor,
        booked_apart: j.booked_apart, of_months: window_months()
    } AS figures
FROM judged AS j
JOIN listed AS l ON l.vendor = j.vendor AND l.amount = j.amount AND l.month = j.month
