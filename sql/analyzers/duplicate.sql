-- Groups of equal payments whose consecutive dates lie at most the window apart, as they stood at the end of each month in
-- scope that has a member: a group that goes on into the next month is seen in both, under one key.
WITH widest AS (
    SELECT CAST(max(window_hours) AS INTEGER) // 24 AS days FROM parameters
),
-- Only what may have an equal payment near it goes on: one row in some hundreds. Payments are told apart by hash here, by the
-- widest window of all organizations, and only what that needs is sorted; what goes on by chance is told apart below.
near_rows AS (
    SELECT load_id, row_number
    FROM (
        SELECT t.load_id, t.row_number, t.date, hash(t.organization_id, t.vendor_key, t.amount, t.type) AS payment
        FROM ledger AS t
        WHERE t.type IN ('expense', 'income')
    )
    WINDOW equal AS (PARTITION BY payment ORDER BY date)
    QUALIFY least(date - lag(date) OVER equal, lead(date) OVER equal - date) <= (SELECT days FROM widest)
),
near AS (
    SELECT
        t.organization_id, t.vendor_key, t.amount, t.type, t.date, t.month, t.vendor,
        transaction_id(t.load_id, t.row_number) AS id, CAST(p.window_hours AS INTEGER) // 24 AS window_days
    FROM ledger AS t
    SEMI JOIN near_rows AS n ON n.load_id = t.load_id AND n.row_number = t.row_number
    JOIN parameters AS p ON p.organization_id = t.organization_id
    WHERE t.type IN ('expense', 'income')
),
-- Both windows order equal dates by id: were the order left open, a chain could be cut where a day has several members.
linked AS (
    SELECT *, date - lag(date) OVER payment <= window_days AS follows
    FROM near
    WINDOW payment AS (PARTITION BY organization_id, vendor_key, amount, type ORDER BY date, id)
),
chained AS (
    SELECT
        *, count(*) FILTER (NOT coalesce(follows, false)) OVER (
            PARTITION BY organization_id, vendor_key, amount, type ORDER BY date, id ROWS UNBOUNDED PRECEDING
        ) AS chain
    FROM linked
),
groups AS (
    SELECT
        organization_id, vendor_key, amount, type, chain, min(date) AS first_date, any_value(window_days) AS window_days,
        list({date: date, id: id, vendor: vendor, month: month} ORDER BY date, id) AS members
    FROM chained
    GROUP BY ALL
),
group_months AS (
    SELECT g.*, unnest(list_distinct(list_transform(g.members, lambda x: x.month))) AS month
    FROM groups AS g
),
as_of AS (
    SELECT g.* EXCLUDE (members), list_filter(g.members, lambda x: x.month <= g.month) AS members
    FROM group_months AS g
    SEMI JOIN scope_months AS s ON s.organization_id = g.organization_id AND s.month = g.month
),
refunds AS (
    SELECT organization_id, vendor_key, amount, date FROM ledger WHERE type = 'refund'
),
netted AS (
    SELECT
        a.organization_id,
        a.vendor_key,
        a.amount,
        a.type,
        a.first_date,
        a.window_days,
        a.month,
        any_value(a.members) AS members,
        count(r.date) AS refunds
    FROM as_of AS a
    LEFT JOIN refunds AS r
        ON r.organization_id = a.organization_id AND r.vendor_key = a.vendor_key AND r.amount = a.amount
        AND r.date BETWEEN a.first_date AND least(a.members[-1].date + 30, last_day(a.month))
    GROUP BY ALL
),
beginnings AS (
    SELECT organization_id, min(since) AS since FROM scope GROUP BY ALL
)
SELECT
    n.organization_id,
    n.month,
    'equal_payments' AS kind,
    concat_ws('|', n.vendor_key, plain_amount(n.amount, o.currency_decimals), n.type, n.first_date) AS key,
    'LOW' AS severity,
    n.members[1].vendor AS subject,
    CAST(n.amount AS DECIMAL(28, 4)) * (len(n.members) - n.refunds - 1) AS at_stake,
    list_transform(n.members, lambda x: x.id) AS transactions,
    n.members[1].vendor AS vendor,
    n.amount,
    n.type,
    list_transform(n.members, lambda x: x.date) AS dates,
    len(n.members) AS count,
    n.first_date,
    n.members[-1].date AS last_date,
    n.refunds,
    len(n.members) - n.refunds AS remaining,
    n.window_days,
    n.first_date < b.since + n.window_days AS needs_earlier
FROM netted AS n
JOIN organizations AS o USING (organization_id)
JOIN beginnings AS b USING (organization_id)
WHERE len(n.members) - n.refunds >= 2
