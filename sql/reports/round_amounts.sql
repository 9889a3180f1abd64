-- How many amounts are round: divisible by so many of the currency's whole units, to the last decimal; or 99 before the point.
WITH postings AS ({{postings}}),
groups AS (
    SELECT
        group_organization,
        group_name,
        count(*) AS n,
        count(*) FILTER (units % 100000 = 0) AS by_10,
        count(*) FILTER (units % 250000 = 0) AS by_25,
        count(*) FILTER (units % 1000000 = 0) AS by_100,
        count(*) FILTER (units % 10000000 = 0) AS by_1000,
        count(*) FILTER (units % 50000000 = 0) AS by_5000,
        count(*) FILTER (units // 10000 % 100 = 99) AS ending_99
    FROM postings
    GROUP BY group_organization, group_name
    HAVING n >= $min_rows
)
SELECT
    group_organization,
    group_name,
    n,
    by_10 / n AS share_10,
    by_25 / n AS share_25,
    by_100 / n AS share_100,
    by_1000 / n AS share_1000,
    by_5000 / n AS share_5000,
    ending_99 / n AS share_99,
    [
        {'kind': 'divisible by 10', 'count': by_10, 'share': by_10 / n},
        {'kind': 'divisible by 25', 'count': by_25, 'share': by_25 / n},
        {'kind': 'divisible by 100', 'count': by_100, 'share': by_100 / n},
        {'kind': 'divisible by 1000', 'count': by_1000, 'share': by_1000 / n},
        {'kind': 'divisible by 5000', 'count': by_5000, 'share': by_5000 / n},
        {'kind': 'ending in 99', 'count': ending_99, 'share': ending_99 / n}
    ] AS rows
FROM groups
ORDER BY share_100 DESC, n DESC, group_organization ASC, group_name ASC
LIMIT $limit
