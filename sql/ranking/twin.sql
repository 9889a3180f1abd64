-- A vendor's first month, and its name one slip away from that of a vendor known before. Names are folded. A slip (a letter
-- more, less or another one, or two neighbours swapped) touches one half of a name only, so that two names one slip apart share
-- the other half: `halves` has both of each, as long as they are where this name is the shorter of the two, and the longer.
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
    SELECT *, length(name) AS letters, regexp_replace(name, '[^0-9]', '', 'g') AS digits
    FROM (
        SELECT DISTINCT
            org, vendor, month, bracket, translate(regexp_replace(name, '[^a-z0-9]', '', 'g'), '01l', 'oii') AS name
        FROM folded
    )
    WHERE length(name) >= 4
),
halves AS (
    SELECT
        org, vendor, month, bracket, name, letters, digits,
        unnest(
            CASE
                WHEN letters < 6 THEN [hash(name)]
                WHEN letters = 6 THEN [hash(left(name, 3), 6), hash(right(name, 2), 6, true)]
                ELSE [
                        hash(left(name, letters // 2), letters),
                        hash(right(name, (letters - 1) // 2), letters, true),
                        hash(left(name, (letters - 1) // 2), letters - 1),
                        hash(right(name, (letters - 2) // 2), letters - 1, true)
                    ]
            END
        ) AS half
    FROM names
),
new_names AS (
    SELECT n.*
    FROM halves AS n
    JOIN organization_months AS o ON o.org = n.org AND o.month = n.month
    JOIN vendor_history AS h ON h.vendor = n.vendor AND h.month = n.month
    WHERE o.age > 3 AND h.net > 0
),
-- Most that share a half differ by more than a slip, which cheap functions see; the distance proper costs ten times as much.
pairs AS (
    SELECT org, vendor, month, partner, min(distance) AS distance
    FROM (
        SELECT
            n.org, n.vendor, n.month, k.vendor AS partner,
            CASE
                WHEN n.name = k.name THEN 0
                WHEN greatest(n.letters, k.letters) < 7 THEN 2
                WHEN n.letters <> k.letters THEN levenshtein(n.name, k.name)
                WHEN hamming(n.name, k.name) <= 2 THEN damerau_levenshtein(n.name, k.name)
                ELSE 2
            END AS distance
        FROM new_names AS n
        JOIN halves AS k
            ON k.half = n.half AND k.org = n.org AND k.month < n.month AND k.digits = n.digits
            AND (n.bracket = '' OR k.bracket = '' OR damerau_levenshtein(n.bracket, k.bracket) <= 1)
    )
    WHERE distance <= 1
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
