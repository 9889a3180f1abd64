-- How often each first significant digit occurs. The digits of an amount are those of a whole number written out.
WITH postings AS ({{postings}}),
counts AS (
    SELECT group_organization, group_name, left(CAST(units AS VARCHAR), 1) AS digits, count(*) AS count
    FROM postings
    GROUP BY ALL
),
expected AS (
    SELECT CAST(range AS VARCHAR) AS digits, log10(1 + 1 / range) AS expected FROM range(1, 10)
),
groups AS (
    SELECT group_organization, group_name FROM counts GROUP BY ALL HAVING sum(count) >= $min_rows
)
SELECT g.group_organization, g.group_name, e.digits, e.expected, coalesce(c.count, 0) AS count
FROM groups AS g
CROSS JOIN expected AS e
LEFT JOIN counts AS c
    ON c.group_organization = g.group_organization AND c.group_name = g.group_name AND c.digits = e.digits
