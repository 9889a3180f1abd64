-- How often each first significant digit occurs. The digits of an amount are those of a whole number written out.
WITH postings AS ({{postings}}),
counts AS (
    SELECT group_organization, group_name, left(CAST(units AS VARCHAR), 1) AS digits, count(*) AS count
    FROM postings
    GROUP BY ALL
),
expected AS (
    SELECT CAST(range AS VARCHAR) AS digits, log10(1 + 1 / range) AS expected FROM range(1, 10)
)
{{every_digit}}
