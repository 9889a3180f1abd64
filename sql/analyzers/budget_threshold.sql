-- Running totals of each threshold's buckets, as they stood at the end of each month in scope. Amounts are whole numbers of
-- ten-thousandths, so every comparison is one with a bar: a total is > 100 exactly if it is >= 100.0001, and >= 80 % of a
-- limit exactly if it is >= that rounded up.
WITH limits AS (
    SELECT
        *,
        coalesce(valid_from, DATE '0001-01-01') AS first_day,
        coalesce(valid_to, DATE '9999-12-31') AS final_day,
        operator IN ('<', '<=') AS waits,
        CASE operator WHEN '>' THEN amount + 0.0001 WHEN '<' THEN amount - 0.0001 ELSE amount END AS bar,
        CAST(
            CAST((ten_thousandths(amount) * ten_thousandths(warn_at) + 999999) // 1000000 AS DECIMAL(38, 0))
            * CAST(0.0001 AS DECIMAL(4, 4)) AS DECIMAL(28, 4)
        ) AS warn_bar
    FROM thresholds
),
-- A category has few spellings: they are compared once each, not in every row.
spellings AS (
    SELECT DISTINCT organization_id, category
    FROM ledger
    WHERE organization_id IN (SELECT organization_id FROM limits WHERE scope_kind = 'category')
),
-- The rows of the ledger that count for a threshold; what is not asked for is never read. Ids are made only of rows that are
-- shown: by load and row number they have the order of their ids.
counted AS NOT MATERIALIZED (
    SELECT
        m.*,
        period_start(m.period, m.date) AS period_start,
        CASE m.type WHEN 'refund' THEN -m.amount ELSE m.amount END AS net
    FROM (
        SELECT t.*, l.threshold, l.period, l.waits, l.bar, l.warn_bar, l.type AS counts, l.first_day, l.final_day
        FROM ledger AS t
        JOIN limits AS l ON l.organization_id = t.organization_id AND l.scope_kind = 'all'
        UNION ALL
        SELECT t.*, l.threshold, l.period, l.waits, l.bar, l.warn_bar, l.type AS counts, l.first_day, l.final_day
        FROM ledger AS t
        JOIN limits AS l
            ON l.organization_id = t.organization_id AND l.scope_value = t.vendor_key AND l.scope_kind = 'vendor'
        UNION ALL
        SELECT t.*, l.threshold, l.period, l.waits, l.bar, l.warn_bar, l.type AS counts, l.first_day, l.final_day
        FROM ledger AS t
        JOIN (
            SELECT l.*, s.category
            FROM limits AS l
            JOIN spellings AS s
                ON s.organization_id = l.organization_id AND category_key(s.category) = l.scope_value
            WHERE l.scope_kind = 'category'
        ) AS l ON l.organization_id = t.organization_id AND l.category = t.category
    ) AS m
    WHERE m.date BETWEEN m.first_day AND m.final_day
        AND (m.type = m.counts OR (m.type = 'refund' AND m.counts = 'expense' AND m.period <> 'transaction'))
),
-- Buckets are small by day: only the rows of the days on which something may have been crossed are put in order.
daily AS MATERIALIZED (
    SELECT
        organization_id,
        threshold,
        any_value(period) AS period,
        month,
        date,
        CAST(coalesce(sum(amount) FILTER (type <> 'refund'), 0) AS DECIMAL(28, 4)) AS added,
        CAST(coalesce(sum(amount) FILTER (type = 'refund'), 0) AS DECIMAL(28, 4)) AS refunded
    FROM counted
    WHERE period <> 'transaction'
    GROUP BY organization_id, threshold, month, date
),
running AS (
    SELECT
        * EXCLUDE (period),
        period_start(period, date) AS period_start,
        CAST(sum(added - refunded) OVER bucket AS DECIMAL(28, 4)) AS total,
        CAST(sum(refunded) OVER bucket AS DECIMAL(28, 4)) AS refunded_so_far
    FROM daily
    WINDOW bucket AS (PARTITION BY organization_id, threshold, period_start(period, date) ORDER BY date)
),
month_ends AS (
    SELECT
        organization_id, threshold, period_start, month, arg_max(total, date) AS total,
        max(refunded_so_far) AS refunds
    FROM running
    GROUP BY ALL
),
-- The level that holds at the end of a month; what it says is found in that month if it was crossed there.
standing AS (
    SELECT
        m.*,
        CASE WHEN m.total >= l.bar THEN 'exceeded' ELSE 'approached' END AS level,
        CASE WHEN m.total >= l.bar THEN l.bar ELSE l.warn_bar END AS bar
    FROM month_ends AS m
    JOIN limits AS l USING (organization_id, threshold)
    SEMI JOIN scope_months AS s ON s.organization_id = m.organization_id AND s.month = m.month
    WHERE NOT l.waits AND (m.total >= l.bar OR m.total >= l.warn_bar)
),
-- On such a day the total may have been below the bar, and may have come to it.
crossing_days AS (
    SELECT s.*, r.date, r.total - r.added + r.refunded AS before
    FROM standing AS s
    JOIN running AS r USING (organization_id, threshold, period_start, month)
    WHERE r.total - r.added < s.bar AND r.total + r.refunded >= s.bar
),
crossing_rows AS (
    SELECT
        d.*, transaction_id(c.load_id, c.row_number) AS transaction_id, c.vendor, c.amount, c.net,
        CAST(
            d.before + sum(c.net) OVER (
                PARTITION BY d.organization_id, d.threshold, d.date ORDER BY c.load_id, c.row_number ROWS UNBOUNDED PRECEDING
            ) AS DECIMAL(28, 4)
        ) AS reached
    FROM crossing_days AS d
    JOIN counted AS c USING (organization_id, threshold, date)
),
crossed AS (
    SELECT
        organization_id, threshold, period_start, month, level, level AS kind, total, refunds, transaction_id AS crossed_by,
        date AS crossed_on, amount AS crossed_amount, vendor AS crossed_vendor, reached - net AS total_before, reached
    FROM crossing_rows
    WHERE reached >= bar AND reached - net < bar
    QUALIFY row_number() OVER (
            PARTITION BY organization_id, threshold, period_start, month ORDER BY date DESC, transaction_id DESC
        ) = 1
),
-- For < and <=: the days in scope on which a bucket ends, from the one that has the organization's first transaction on.
beginnings AS (
    SELECT m.organization_id, coalesce(min(t.date), m.month) AS date
    FROM (SELECT organization_id, min(month) AS month FROM months GROUP BY ALL) AS m
    SEMI JOIN (SELECT organization_id FROM limits WHERE waits) AS l ON l.organization_id = m.organization_id
    LEFT JOIN ledger AS t ON t.organization_id = m.organization_id AND t.month = m.month
    GROUP BY m.organization_id, m.month
),
days AS (
    SELECT s.organization_id, s.month, CAST(unnest(generate_series(s.month, last_day(s.month), INTERVAL 1 DAY)) AS DATE) AS date
    FROM scope_months AS s
    SEMI JOIN (SELECT organization_id FROM limits WHERE waits) AS l ON l.organization_id = s.organization_id
),
ended AS (
    SELECT d.organization_id, l.threshold, d.month, l.bar, period_start(l.period, d.date) AS period_start
    FROM days AS d
    JOIN limits AS l USING (organization_id)
    JOIN beginnings AS b USING (organization_id)
    WHERE l.waits AND l.period <> 'transaction' AND d.date BETWEEN l.first_day AND l.final_day
        AND d.date = least(period_end(l.period, d.date), l.final_day)
        AND d.date >= b.date
),
below AS (
    SELECT
        e.organization_id,
        e.threshold,
        e.period_start,
        e.month,
        CAST(coalesce(sum(r.added - r.refunded), 0) AS DECIMAL(28, 4)) AS total,
        CAST(coalesce(sum(r.refunded), 0) AS DECIMAL(28, 4)) AS refunds
    FROM ended AS e
    LEFT JOIN running AS r USING (organization_id, threshold, period_start)
    GROUP BY e.organization_id, e.threshold, e.period_start, e.month, e.bar
    HAVING total <= e.bar
),
buckets AS (
    FROM crossed
    UNION ALL BY NAME
    SELECT *, 'exceeded' AS level, 'below' AS kind
    FROM below
),
-- Of a bucket's transactions the 100 largest: a year has too many to show. The least of their amounts is looked for first, so
-- that only the few rows from it on are put in order.
least_shown AS (
    SELECT b.organization_id, b.threshold, b.period_start, b.month, max(c.amount, 100)[-1] AS amount
    FROM buckets AS b
    JOIN counted AS c
        ON c.organization_id = b.organization_id AND c.threshold = b.threshold AND c.period_start = b.period_start
        AND c.month <= b.month
    GROUP BY b.organization_id, b.threshold, b.period_start, b.month
),
largest AS (
    SELECT
        s.organization_id, s.threshold, s.period_start, s.month,
        list(transaction_id(c.load_id, c.row_number) ORDER BY c.amount DESC, c.load_id ASC, c.row_number ASC)[1:100] AS ids
    FROM least_shown AS s
    JOIN counted AS c
        ON c.organization_id = s.organization_id AND c.threshold = s.threshold AND c.period_start = s.period_start
        AND c.month <= s.month AND c.amount >= s.amount
    GROUP BY s.organization_id, s.threshold, s.period_start, s.month
),
totals AS (
    SELECT
        b.*,
        CASE WHEN b.crossed_by IS NULL THEN coalesce(m.ids, [])
            ELSE ([b.crossed_by] || list_filter(m.ids, lambda x: x <> b.crossed_by))[1:100]
        END AS transactions
    FROM buckets AS b
    LEFT JOIN largest AS m USING (organization_id, threshold, period_start, month)
),
-- A transaction that is a bucket of its own: one comparison, at once.
single AS (
    SELECT
        c.organization_id,
        c.threshold,
        c.date AS period_start,
        c.month,
        CASE WHEN c.waits OR c.amount >= c.bar THEN 'exceeded' ELSE 'approached' END AS level,
        CASE WHEN c.waits THEN 'transaction_below'
            WHEN c.amount >= c.bar THEN 'transaction_exceeded'
            ELSE 'transaction_approached'
        END AS kind,
        CAST(c.amount AS DECIMAL(28, 4)) AS total,
        transaction_id(c.load_id, c.row_number) AS crossed_by,
        c.date AS crossed_on,
        c.amount AS crossed_amount,
        c.vendor AS crossed_vendor,
        [transaction_id(c.load_id, c.row_number)] AS transactions
    FROM counted AS c
    SEMI JOIN scope_months AS s ON s.organization_id = c.organization_id AND s.month = c.month
    WHERE c.period = 'transaction'
        AND CASE WHEN c.waits THEN c.amount <= c.bar ELSE c.amount >= c.bar OR c.amount >= c.warn_bar END
),
found AS (
    FROM totals
    UNION ALL BY NAME
    FROM single
)
SELECT
    f.organization_id,
    f.month,
    f.kind,
    concat_ws('|', f.threshold, f.period_start, CASE l.period WHEN 'transaction' THEN f.crossed_by END) AS key,
    CASE f.level WHEN 'exceeded' THEN l.severity ELSE 'LOW' END AS severity,
    CASE WHEN l.period = 'transaction' THEN f.crossed_vendor WHEN l.scope_kind = 'vendor' THEN l.scope_name ELSE l.name END
        AS subject,
    CASE f.level WHEN 'exceeded' THEN abs(f.total - l.amount) ELSE f.total END AS at_stake,
    f.transactions,
    f.threshold,
    f.period_start,
    f.level,
    f.total,
    l.amount AS limit_amount,
    CAST(f.crossed_by AS VARCHAR) AS crossed_by,
    f.crossed_on,
    f.crossed_amount,
    f.crossed_vendor,
    f.total + f.refunds AS added,
    f.refunds,
    f.total_before,
    f.reached,
    l.warn_bar,
    l.name,
    CASE l.type WHEN 'expense' THEN 'Expenses' ELSE 'Income' END
    || CASE l.scope_kind WHEN 'category' THEN ' of category ' || l.scope_name
        WHEN 'vendor' THEN ' with ' || l.scope_name
        ELSE ''
    END AS what,
    CASE l.period WHEN 'month' THEN strftime(f.period_start, '%Y-%m')
        WHEN 'week' THEN strftime(f.period_start, '%G-W%V')
        WHEN 'quarter' THEN strftime(f.period_start, '%Y') || '-Q' || quarter(f.period_start)
        WHEN 'year' THEN strftime(f.period_start, '%Y')
        ELSE CAST(f.period_start AS VARCHAR)
    END AS bucket,
    CASE l.operator WHEN '>' THEN 'more than' WHEN '>=' THEN 'at least' WHEN '<' THEN 'less than' ELSE 'at most' END
        AS comparison,
    rtrim(rtrim(CAST(l.warn_at AS VARCHAR), '0'), '.') AS warn_percent
FROM found AS f
JOIN limits AS l USING (organization_id, threshold)
