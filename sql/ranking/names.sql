-- Names of vendors folded, with and without legal form and brackets, and which of them are at most one edit apart. Two names are
-- that only if they share a name with one letter left out, which is looked up. A statement each: as one, it is planned badly.
CREATE OR REPLACE TEMP TABLE folded_names AS
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
)
SELECT DISTINCT
    org, vendor, month, bracket, translate(regexp_replace(name, '[^a-z0-9]', '', 'g'), '01l', 'oii') AS name
FROM folded;

-- Each name once: many vendors may share one, without their brackets.
CREATE OR REPLACE TEMP TABLE name_texts AS
SELECT org, name, row_number() OVER (ORDER BY org, name) AS text
FROM (SELECT DISTINCT org, name FROM folded_names WHERE length(name) >= 4);

CREATE OR REPLACE TEMP TABLE name_parts AS
SELECT
    text, org,
    hash(unnest(list_append(
        list_transform(range(1, length(name) + 1), lambda place: left(name, place - 1) || substr(name, place + 1)), name
    ))) AS part
FROM name_texts
WHERE length(name) >= 7;

CREATE OR REPLACE TEMP TABLE name_candidates AS
SELECT DISTINCT a.text, b.text AS other
FROM name_parts AS a
JOIN name_parts AS b ON b.part = a.part AND b.org = a.org
WHERE a.text <> b.text;

CREATE OR REPLACE TEMP TABLE alike_names AS
SELECT c.text, c.other, 1 AS distance
FROM name_candidates AS c
JOIN name_texts AS a ON a.text = c.text
JOIN name_texts AS b ON b.text = c.other
WHERE damerau_levenshtein(a.name, b.name) <= 1
    AND regexp_replace(a.name, '[^0-9]', '', 'g') = regexp_replace(b.name, '[^0-9]', '', 'g')
UNION ALL
SELECT text, text, 0
FROM name_texts;

CREATE OR REPLACE TEMP TABLE vendor_names AS
SELECT n.org, n.vendor, n.month, n.bracket, t.text
FROM folded_names AS n
JOIN name_texts AS t ON t.org = n.org AND t.name = n.name;
