-- How often each second significant digit occurs, whatever the first is. A number of one digit has the second digit 0.
WITH postings AS ({{postings}}),
counts AS (
    SELECT
        group_organization,
        group_name,
        substr(CAST(units AS VARCHAR) || '0', 2, 1) AS digits,
        count(*) AS count
    FROM postings
    GROUP BY ALL
),
expected AS (
    SELECT CAST(pair % 10 AS VARCHAR) AS digits, sum(log10(1 + 1 / pair) ORDER BY pair) AS expected
    FROM (SELECT unnest(range(10, 100)) AS pair)
    GROUP BY ALL
)
{{every_digit}}
