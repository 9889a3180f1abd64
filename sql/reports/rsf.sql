-- Each vendor's largest amount by its second largest; who has one amount only has no such factor.
WITH postings AS ({{postings}}),
vendors AS (
    SELECT
        group_organization,
        group_name,
        organization,
        vendor_key,
        any_value(currency) AS currency,
        any_value(currency_decimals) AS currency_decimals,
        max(vendor) AS vendor,
        count(*) AS count,
        CAST(sum(amount) AS DECIMAL(28, 4)) AS sum,
        max(amount, 2) AS largest
    FROM postings
    GROUP BY group_organization, group_name, organization, vendor_key
    HAVING count >= greatest($min_rows, 2)
),
ranked AS (
    SELECT
        *,
        largest[1] / largest[2] AS rsf,
        largest[1] >= 10 * largest[2] AS tenfold,
        row_number() OVER (
            PARTITION BY group_organization, group_name
            ORDER BY largest[1] / largest[2] DESC, largest[1] DESC, organization ASC, vendor_key ASC
        ) AS rank
    FROM vendors
)
SELECT
    group_organization,
    group_name,
    count(*) AS vendors,
    count(*) FILTER (tenfold) AS tenfold,
    max(rsf) AS highest,
    list(
        {
            'rank': rank,
            'organization': organization,
            'vendor': vendor,
            'currency': currency,
            'largest': largest[1],
            'second': largest[2],
            'rsf': rsf,
            'count': count,
            'sum': sum,
            'currency_decimals': currency_decimals
        }
        ORDER BY rank
    ) FILTER (rank <= $limit) AS rows
FROM ranked
GROUP BY group_organization, group_name
ORDER BY highest DESC, group_organization ASC, group_name ASC
LIMIT $limit
