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
)
{{every_digit}}
