-- Counts by digits against expected proportions, one row a group. Digits that no amount has are there too, with a count of 0:
-- each is a deviation.
WITH digits AS ({{digits}}),
counted AS (
    SELECT *, CAST(sum(count) OVER (PARTITION BY group_organization, group_name) AS BIGINT) AS n FROM digits
),
proportions AS (
    SELECT *, count / n AS actual FROM counted
),
differences AS (
    SELECT *, actual - expected AS difference, abs(actual - expected) AS absolute_difference FROM proportions
),
-- The correction for continuity, 1 / 2n, where it is smaller than what it corrects.
compared AS (
    SELECT
        *,
        CASE WHEN 0.5 / n < absolute_difference THEN absolute_difference - 0.5 / n ELSE absolute_difference END
        / sqrt(expected * (1 - expected) / n) AS z
    FROM differences
)
SELECT
    group_organization,
    group_name,
    n,
    avg(absolute_difference ORDER BY digits) AS mad,
    sum(pow(count - n * expected, 2) / (n * expected) ORDER BY digits) AS chi_square,
    count(*) - 1 AS degrees_of_freedom,
    list(
        {
            'digits': digits,
            'count': count,
            'actual': actual,
            'expected': expected,
            'difference': difference,
            'absolute_difference': absolute_difference,
            'z': z
        }
        ORDER BY digits
    ) AS rows
FROM compared
GROUP BY group_organization, group_name, n
ORDER BY mad DESC, group_organization ASC, group_name ASC
LIMIT $limit
