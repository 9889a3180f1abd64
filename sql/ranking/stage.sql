-- The payments of the organizations in `scope` as the kinds of signals read them. Vendors, loads and organizations are whole
-- numbers here, which join and sort several times as fast as ids and names.
CREATE OR REPLACE TEMP TABLE ranked_organizations AS
SELECT
    CAST(row_number() OVER (ORDER BY s.organization_id) AS INTEGER) AS org,
    s.organization_id,
    o.currency_decimals,
    CAST(minor_unit(o.currency_decimals) AS BIGINT) AS unit,
    CAST(power_of_ten(o.currency_decimals) AS BIGINT) AS major_unit,
    s.first_month,
    s.last_month,
    s.until
FROM (
    SELECT
        organization_id,
        min(month_number(first_month)) AS first_month,
        max(month_number(last_month)) AS last_month,
        max(last_month) AS until
    FROM scope
    GROUP BY ALL
) AS s
JOIN organizations AS o USING (organization_id);

CREATE OR REPLACE TEMP TABLE ranked_months AS
SELECT DISTINCT o.org, CAST(m.month AS INTEGER) AS month
FROM scope AS s
JOIN ranked_organizations AS o USING (organization_id),
generate_series(month_number(s.first_month), month_number(s.last_month)) AS m (month);

CREATE OR REPLACE TEMP TABLE source_loads AS
SELECT
    CAST(row_number() OVER (ORDER BY load_id) AS BIGINT) AS load, load_id, org, unit, until, since
FROM (
    SELECT DISTINCT t.load_id, o.org, o.unit, o.until, CAST(month_start(o.first_month - months_read()) AS DATE) AS since
    FROM ledger_totals AS t
    JOIN ranked_organizations AS o USING (organization_id)
);

CREATE OR REPLACE TEMP TABLE vendors AS
SELECT CAST(row_number() OVER (ORDER BY org, vendor_key) AS INTEGER) AS vendor, org, vendor_key
FROM (
    SELECT DISTINCT o.org, v.vendor_key
    FROM ledger_vendors AS v
    JOIN ranked_organizations AS o USING (organization_id)
    WHERE v.first_month <= o.until
);

-- `payment` orders payments of one day as their ids stand in the lake. Categories and references are told apart by hash; where a
-- signal rests on two of them being equal, their texts are compared in the end.
CREATE OR REPLACE TEMP TABLE postings AS
SELECT
    v.org,
    v.vendor,
    month_number(t.month) AS month,
    t.date AS day,
    CASE l.unit
        WHEN 100 THEN CAST(CAST(t.amount AS DECIMAL(14, 2)) * CAST(100 AS DECIMAL(3, 0)) AS BIGINT)
        ELSE CAST(ten_thousandths(t.amount) AS BIGINT) // l.unit
    END AS amount,
    (l.load << 32) | t.row_number AS payment,
    t.type = 'refund' AS is_refund,
    t.month >= l.since AS is_recent,
    CASE WHEN t.category IS NOT NULL THEN hash(t.category) END AS category,
    CASE WHEN length(t.description) >= 3 THEN hash(t.description) END AS description,
    CASE WHEN length(t.reference) >= 3 THEN hash(t.reference) END AS reference
FROM ledger_transactions AS t
JOIN source_loads AS l ON l.load_id = t.load_id
JOIN vendors AS v ON v.org = l.org AND v.vendor_key = t.vendor_key
WHERE t.type <> 'income' AND t.month <= l.until;

CREATE OR REPLACE TEMP VIEW payments AS
SELECT org, vendor, month, day, amount, payment, category FROM postings WHERE NOT is_refund;

CREATE OR REPLACE TEMP VIEW recent_payments AS
SELECT org, vendor, month, day, amount, payment, description, reference FROM postings WHERE NOT is_refund AND is_recent;

CREATE OR REPLACE TEMP TABLE refunds AS
SELECT vendor, month, day, amount FROM postings WHERE is_refund;

-- What each vendor was paid in each month that it was paid in, refunds of the month taken off in `net`.
CREATE OR REPLACE TEMP TABLE vendor_spending AS
WITH paid AS (
    SELECT
        org, vendor, month, count(*) AS payments, CAST(sum(amount) AS BIGINT) AS spend, max(amount) AS largest
    FROM payments
    GROUP BY ALL
),
returned AS (
    SELECT vendor, month, CAST(sum(amount) AS BIGINT) AS amount
    FROM refunds
    GROUP BY ALL
)
SELECT p.*, p.spend - coalesce(r.amount, 0) AS net
FROM paid AS p
LEFT JOIN returned AS r ON r.vendor = p.vendor AND r.month = p.month;

-- The same in the months ranked, with what was known of the vendor before each.
CREATE OR REPLACE TEMP TABLE vendor_history AS
WITH active AS (
    SELECT DISTINCT s.vendor
    FROM vendor_spending AS s
    SEMI JOIN ranked_months AS r ON r.org = s.org AND r.month = s.month
),
known AS (
    SELECT
        *,
        CAST(coalesce(sum(payments) OVER recent, 0) AS BIGINT) AS recent_payments,
        count(*) OVER earlier AS earlier_months,
        CAST(coalesce(sum(payments) OVER earlier, 0) AS BIGINT) AS earlier_payments,
        coalesce(max(largest) OVER earlier, 0) AS earlier_largest,
        lag(month) OVER (PARTITION BY vendor ORDER BY month) AS previous_month,
        coalesce(max(net) OVER year, 0) AS year_largest_net,
        count(*) OVER year AS year_months
    FROM vendor_spending
    SEMI JOIN active USING (vendor)
    WINDOW
        recent AS (PARTITION BY vendor ORDER BY month RANGE BETWEEN window_months() PRECEDING AND 1 PRECEDING),
        year AS (PARTITION BY vendor ORDER BY month RANGE BETWEEN 12 PRECEDING AND 1 PRECEDING),
        earlier AS (PARTITION BY vendor ORDER BY month ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
)
FROM known AS k
SEMI JOIN ranked_months AS r ON r.org = k.org AND r.month = k.month;

-- How many payments each organization made in the months that end with one ranked and in those before it; and its age then.
CREATE OR REPLACE TEMP TABLE organization_months AS
WITH monthly AS (
    SELECT org, month, sum(payments) AS payments
    FROM vendor_spending
    GROUP BY ALL
)
SELECT
    r.org,
    r.month,
    r.month - min(m.month) + 1 AS age,
    CAST(coalesce(sum(m.payments) FILTER (m.month > r.month - window_months()), 0) AS BIGINT) AS payments
FROM ranked_months AS r
JOIN monthly AS m ON m.org = r.org AND m.month <= r.month
GROUP BY r.org, r.month;

-- Payments of an amount that the vendor was paid more than once lately, and by how many days each follows the one before.
CREATE OR REPLACE TEMP TABLE equal_payments AS
WITH repeated AS (
    SELECT vendor, amount
    FROM recent_payments
    GROUP BY ALL
    HAVING count(*) > 1
)
FROM recent_payments AS p SEMI JOIN repeated AS r ON r.vendor = p.vendor AND r.amount = p.amount;

CREATE OR REPLACE TEMP TABLE repeats AS
SELECT org, vendor, amount, month, gap
FROM (
    SELECT org, vendor, amount, month, day - lag(day) OVER (PARTITION BY vendor, amount ORDER BY day, payment) AS gap
    FROM equal_payments
)
WHERE gap <= repeat_days();
