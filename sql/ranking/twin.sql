-- A vendor's first month, and its name one slip away from that of a vendor known before (`names.sql`).
WITH new_vendors AS MATERIALIZED (
    SELECT n.*
    FROM vendor_names AS n
    JOIN vendor_history AS h ON h.vendor = n.vendor AND h.month = n.month
    JOIN organization_months AS o ON o.org = n.org AND o.month = n.month
    WHERE o.age > 3 AND h.net > 0
),
pairs AS (
    SELECT n.org, n.vendor, n.month, k.vendor AS partner, min(a.distance) AS distance
    FROM new_vendors AS n
    JOIN alike_names AS a ON a.text = n.text
    JOIN vendor_names AS k ON k.text = a.other AND k.month < n.month
    WHERE n.bracket = '' OR k.bracket = ''
        OR CASE
            WHEN abs(length(n.bracket) - length(k.bracket)) <= 1 THEN damerau_levenshtein(n.bracket, k.bracket) <= 1
            ELSE false
        END
    GROUP BY ALL
),
known AS (
    SELECT p.*, CAST(sum(s.payments) AS BIGINT) AS times, max(s.month) AS last_month
    FROM pairs AS p
    JOIN vendor_spending AS s ON s.vendor = p.partner AND s.month < p.month
    GROUP BY ALL
),
partners AS (
    FROM known QUALIFY row_number() OVER (PARTITION BY vendor ORDER BY times DESC, partner ASC) = 1
)
SELECT
    p.org, p.vendor, p.month, 20 * (2 - p.distance) + tenths(p.times) AS evidence, h.net AS stake,
    CAST(NULL AS BIGINT[]) AS payments,
    {
        partner: v.vendor_key, times: p.times, last_month: strftime(month_start(p.last_month), '%Y-%m'), net: h.net
    } AS figures
FROM partners AS p
JOIN vendor_history AS h ON h.vendor = p.vendor AND h.month = p.month
JOIN vendors AS v ON v.vendor = p.partner
