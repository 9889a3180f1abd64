-- How often each pair of first significant digits occurs, 10 to 99. A number of one digit, 7, begins with 70.
WITH postings AS ({{postings}}),
counts AS (
    SELECT group_organization, group_name, left(CAST(units AS VARCHAR) || '0', 2) AS digits, count(*) AS count
    FROM postings
    GROUP BY ALL
),
expected AS (
    SELECT CAST(range AS VARCHAR) AS digits, log10(1 + 1 / range) AS expected FROM range(10, 100)
)
{{every_digit}}
