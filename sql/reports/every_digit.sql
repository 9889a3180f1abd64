-- Ends a text that has made `counts` and `expected`: every digit of each group of enough rows, those that no amount has too.
SELECT g.group_organization, g.group_name, e.digits, e.expected, coalesce(c.count, 0) AS count
FROM (SELECT group_organization, group_name FROM counts GROUP BY ALL HAVING sum(count) >= $min_rows) AS g
CROSS JOIN expected AS e
LEFT JOIN counts AS c
    ON c.group_organization = g.group_organization AND c.group_name = g.group_name AND c.digits = e.digits
