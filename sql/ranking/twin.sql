-- A vendor's first month, and its name one slip away from that of a vendor known before. Names are folded; two of them are one
-- edit apart only if they share a name with one letter left out, which is looked up.
WITH firsts AS (
    SELECT org, vendor, min(month) AS month
    FROM vendor_spending
    GROUP BY ALL
),
folded AS (
    SELECT
        f.org, f.vendor, f.month, regexp_extract(v.vendor_key, '[({*].*$') AS bracket,
        unnest([
            replace(v.vendor_key, '&', 'and'),
            regexp_replace(
                regexp_replace(
                    replace(v.vendor_key, '&', 'and'), '\b(ltd|limited|plc|llp|inc|llc|co|corp|company|the)\b', '', 'g'
                ), '[(){}*].*$', ''
            )
        ]) AS name
    FROM firsts AS f
    JOIN vendors AS v USING (vendor)
),
names AS (
    SELECT DISTINCT
        org, vendor, month, bracket, translate(regexp_replace(name, '[^a-z0-9]', '', 'g'), '01l', 'oii') AS name
    FROM folded
),
shortened AS (
    SELECT
        org, vendor, month, bracket, name,
        unnest(
            list_transform(range(1, length(name) + 1), lambda place: hash(left(name, place - 1) || substr(name, place + 1)))
        ) AS part
    FROM names
    WHERE length(name) >= 7
    UNION ALL
    SELECT org, vendor, month, bracket, name, hash(name)
    FROM names
    WHERE length(name) >= 4
),
new_names AS (
    SELECT n.*
    FROM shortened AS n
    JOIN organization_months AS o ON o.org = n.org AND o.month = n.month
    JOIN vendor_history AS h ON h.vendor = n.vendor AND h.month = n.month
    WHERE o.age > 3 AND h.net > 0
),
pairs AS (
    SELECT
        n.org, n.vendor, n.month, k.vendor AS partner, min(damerau_levenshtein(n.name, k.name)) AS distance
    FROM new_names AS n
    JOIN shortened AS k
        ON k.part = n.part AND k.org = n.org AND k.month < n.month
        AND (n.bracket = '' OR k.bracket = '' OR damerau_levenshtein(n.bracket, k.bracket) <= 1)
    WHERE damerau_levenshtein(n.name, k.name) <= 1
        AND regexp_replace(n.name, '[^0-9]', '', 'g') = regexp_replace(k.name, '[^0-9]', '', 'g')
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
