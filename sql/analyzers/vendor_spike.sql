-- What organizations spend with each vendor in a month, against the calendar month before. A percentage is multiplied out, in
-- exact decimals: current × 100 >= previous × (100 + percent).
WITH beginnings AS (
    SELECT organization_id, min(month) AS first_month FROM months GROUP BY ALL
),
spends AS (
    SELECT
        organization_id, vendor_key, month, CAST(sum(CASE type WHEN 'expense' THEN amount ELSE -amount END) AS DECIMAL(28, 4))
            AS spend
    FROM ledger
    WHERE type IN ('expense', 'refund')
    GROUP BY ALL
),
-- Vendors and months are numbered: a spend is known by one number, and that of the calendar month before has the one before. No
-- year has more than 131072 months before it.
numbered AS MATERIALIZED (
    SELECT s.*, v.first_month, v.number * 131072 + year(s.month) * 12 + month(s.month) AS number
    FROM spends AS s
    JOIN (SELECT *, row_number() OVER () AS number FROM vendors) AS v USING (organization_id, vendor_key)
),
compared AS (
    SELECT
        c.* EXCLUDE (number, spend), c.number AS finding, c.spend AS current, coalesce(b.spend, 0) AS previous,
        p.spike_percent, p.medium_percent
    FROM numbered AS c
    SEMI JOIN scope_months AS s ON s.organization_id = c.organization_id AND s.month = c.month
    JOIN parameters AS p ON p.organization_id = c.organization_id AND c.spend > p.min_spend
    JOIN beginnings AS f ON f.organization_id = c.organization_id AND f.first_month < c.month
    LEFT JOIN numbered AS b ON b.number = c.number - 1
),
found AS MATERIALIZED (
    SELECT
        *, CASE WHEN previous > 0 THEN 'spike' WHEN first_month < month THEN 'returning' ELSE 'new' END AS kind
    FROM compared
    WHERE previous <= 0 OR current * 100 >= previous * (100 + spike_percent)
),
-- The rows that make a spend: the spelling of the earliest one, and which they are, largest first.
members AS (
    SELECT
        f.finding,
        arg_min(t.vendor, {date: t.date, load: t.load_id, row: t.row_number}) AS vendor,
        list({amount: -t.amount, load: t.load_id, row: t.row_number}) AS places
    FROM ledger AS t
    JOIN found AS f ON f.organization_id = t.organization_id AND f.vendor_key = t.vendor_key AND f.month = t.month
    WHERE t.type IN ('expense', 'refund')
    GROUP BY f.finding
)
SELECT
    f.organization_id,
    f.month,
    f.kind,
    concat_ws('|', f.vendor_key, strftime(f.month, '%Y-%m')) AS key,
    CASE WHEN f.kind = 'spike' AND f.current * 100 >= f.previous * (100 + f.medium_percent) THEN 'MEDIUM' ELSE 'LOW' END
        AS severity,
    m.vendor AS subject,
    CASE f.kind WHEN 'spike' THEN f.current - f.previous ELSE f.current END AS at_stake,
    list_transform(list_sort(m.places)[1:100], lambda x: transaction_id(x.load, x.row)) AS transactions,
    m.vendor,
    f.previous,
    f.current,
    strftime(f.first_month, '%Y-%m') AS first_month,
    CASE f.kind WHEN 'spike' THEN f.current - f.previous END AS increase,
    CASE f.kind WHEN 'spike' THEN exact_percentage(f.current - f.previous, f.previous) END AS increase_pct
FROM found AS f
JOIN members AS m USING (finding)
