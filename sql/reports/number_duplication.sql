-- The most frequent amounts of each group, and its number factor: sum of squared counts of what is there more than once, by n².
WITH postings AS ({{postings}}),
amounts AS (
    SELECT group_organization, group_name, currency, currency_decimals, amount, count(*) AS count
    FROM postings
    GROUP BY ALL
),
groups AS (
    SELECT
        group_organization,
        group_name,
        CAST(sum(count) AS BIGINT) AS n,
        count(*) AS distinct_amounts,
        CAST(coalesce(sum(count) FILTER (count > 1), 0) AS BIGINT) AS repeated,
        coalesce(sum(count * count) FILTER (count > 1), 0) / (sum(count) * sum(count)) AS number_factor
    FROM amounts
    GROUP BY group_organization, group_name
    HAVING n >= $min_rows
    ORDER BY number_factor DESC, group_organization ASC, group_name ASC
    LIMIT $limit
),
ranked AS (
    SELECT
        a.*,
        row_number() OVER (
            PARTITION BY a.group_organization, a.group_name ORDER BY a.count DESC, a.amount DESC, a.currency ASC
        ) AS rank
    FROM amounts AS a
    SEMI JOIN groups AS g ON g.group_organization = a.group_organization AND g.group_name = a.group_name
    QUALIFY rank <= $limit
)
SELECT
    g.group_organization,
    g.group_name,
    g.n,
    g.distinct_amounts,
    g.repeated,
    g.number_factor,
    list(
        {
            'rank': r.rank,
            'amount': r.amount,
            'currency': r.currency,
            'count': r.count,
            'share': r.count / g.n,
            'sum': CAST(r.amount * r.count AS DECIMAL(28, 4)),
            'currency_decimals': r.currency_decimals
        }
        ORDER BY r.rank
    ) AS rows
FROM groups AS g
JOIN ranked AS r ON r.group_organization = g.group_organization AND r.group_name = g.group_name
GROUP BY ALL
ORDER BY g.number_factor DESC, g.group_organization ASC, g.group_name ASC
