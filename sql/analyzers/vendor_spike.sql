-- What organizations spend with each vendor in a month, against the calendar month before. A percentage is multiplied out, in
-- exact decimals: current × 100 >= previous × (100 + percent).
WITH beginnings AS (
    SELECT organization_id, min(month) AS first_month FROM months GROUP BY ALL
),
spends AS MATERIALIZED (
    SELECT
        organization_id, vendor_key, month, CAST(sum(CASE type WHEN 'expense' THEN amount ELSE -amount END) AS DECIMAL(28, 4))
            AS spend
    FROM ledger
    WHERE type IN ('expense', 'refund')
    GROUP BY ALL
),
compared AS (
    SELECT
        c.organization_id, c.vendor_key, c.month, c.spend AS current, coalesce(b.spend, 0) AS previous, p.spike_percent,
        p.medium_percent
    FROM spends AS c
    SEMI JOIN scope_months AS s ON s.organization_id = c.organization_id AND s.month = c.month
    JOIN parameters AS p ON p.organization_id = c.organization_id AND c.spend > p.min_spend
    JOIN beginnings AS f ON f.organization_id = c.organization_id AND f.first_month < c.month
    LEFT JOIN spends AS b
        ON b.organization_id = c.organization_id AND b.vendor_key = c.vendor_key
        AND b.month = CAST(c.month - INTERVAL 1 MONTH AS DATE)
),
found AS MATERIALIZED (
    SELECT
        c.*,
        row_number() OVER () AS finding,
        v.first_month,
        CASE WHEN c.previous > 0 THEN 'spike' WHEN v.first_month < c.month THEN 'returning' ELSE 'new' END AS kind
    FROM compared AS c
    JOIN vendors AS v USING (organization_id, vendor_key)
    WHERE c.previous <= 0 OR c.current * 100 >= c.previous * (100 + c.spike_percent)
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
