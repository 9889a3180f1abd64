-- What organizations spend with each vendor in a month, against the calendar month before. An increase is compared in whole
-- ten-thousandths, multiplied out: current × 100 >= previous × (100 + percent).
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
        c.organization_id,
        c.vendor_key,
        c.month,
        c.spend AS current,
        coalesce(b.spend, 0) AS previous,
        ten_thousandths(c.spend) AS current_units,
        ten_thousandths(coalesce(b.spend, 0)) AS previous_units,
        1000000 + ten_thousandths(p.spike_percent) AS spike_bar,
        1000000 + ten_thousandths(p.medium_percent) AS medium_bar
    FROM spends AS c
    SEMI JOIN scope_months AS s ON s.organization_id = c.organization_id AND s.month = c.month
    JOIN parameters AS p ON p.organization_id = c.organization_id AND c.spend > p.min_spend
    JOIN beginnings AS f ON f.organization_id = c.organization_id AND f.first_month < c.month
    LEFT JOIN spends AS b
        ON b.organization_id = c.organization_id AND b.vendor_key = c.vendor_key AND b.month = c.month - INTERVAL 1 MONTH
),
found AS (
    SELECT
        c.*,
        strftime(v.first_month, '%Y-%m') AS first_month,
        CASE WHEN c.previous > 0 THEN 'spike' WHEN v.first_month < c.month THEN 'returning' ELSE 'new' END AS kind
    FROM compared AS c
    JOIN vendors AS v USING (organization_id, vendor_key)
    WHERE c.previous <= 0 OR c.current_units * 1000000 >= c.previous_units * c.spike_bar
),
-- The rows of a finding: the spelling of its earliest one, and the ids of the 100 largest.
members AS (
    SELECT
        t.organization_id,
        t.vendor_key,
        t.month,
        arg_min(t.vendor, {date: t.date, load: t.load_id, row: t.row_number}) AS vendor,
        list({amount: -t.amount, load: t.load_id, row: t.row_number}) AS rows
    FROM ledger AS t
    JOIN found AS f USING (organization_id, vendor_key, month)
    GROUP BY ALL
)
SELECT
    f.organization_id,
    f.month,
    f.kind,
    concat_ws('|', f.vendor_key, strftime(f.month, '%Y-%m')) AS key,
    CASE WHEN f.kind = 'spike' AND f.current_units * 1000000 >= f.previous_units * f.medium_bar THEN 'MEDIUM' ELSE 'LOW' END
        AS severity,
    m.vendor AS subject,
    CASE f.kind WHEN 'spike' THEN f.current - f.previous ELSE f.current END AS at_stake,
    list_transform(list_sort(m.rows)[1:100], lambda x: transaction_id(x.load, x.row)) AS transactions,
    m.vendor,
    f.previous,
    f.current,
    f.first_month,
    CASE f.kind WHEN 'spike' THEN f.current - f.previous END AS increase,
    CASE f.kind WHEN 'spike'
            THEN CAST(
                    CAST(
                        (20000 * (f.current_units - f.previous_units) + f.previous_units) // (2 * f.previous_units)
                        AS DECIMAL(38, 0)
                    )
                    * CAST(0.01 AS DECIMAL(2, 2)) AS DECIMAL(28, 2)
                )
    END AS increase_pct
FROM found AS f
JOIN members AS m USING (organization_id, vendor_key, month)
