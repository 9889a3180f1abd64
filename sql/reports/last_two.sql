-- How often each pair of last digits occurs, 00 to 99, in the currency's minor units. All pairs are expected alike.
WITH postings AS ({{postings}}),
last_digits AS (
    SELECT group_organization, group_name, units // minor_unit(currency_decimals) % 100 AS digits, count(*) AS count
    FROM postings
    GROUP BY ALL
),
counts AS (
    SELECT group_organization, group_name, lpad(CAST(digits AS VARCHAR), 2, '0') AS digits, count FROM last_digits
),
expected AS (
    SELECT lpad(CAST(range AS VARCHAR), 2, '0') AS digits, CAST(0.01 AS DOUBLE) AS expected FROM range(100)
),
groups AS (
    SELECT group_organization, group_name FROM counts GROUP BY ALL HAVING sum(count) >= $min_rows
)
SELECT g.group_organization, g.group_name, e.digits, e.expected, coalesce(c.count, 0) AS count
FROM groups AS g
CROSS JOIN expected AS e
LEFT JOIN counts AS c
    ON c.group_organization = g.group_organization AND c.group_name = g.group_name AND c.digits = e.digits
