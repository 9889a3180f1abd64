-- Running totals of each threshold's buckets, as they stood at the end of each month in scope. Amounts are whole numbers of
-- ten-thousandths, so every comparison is one with a bar: a total is > 100 exactly if it is >= 100.0001, and >= 80 % of a
-- limit exactly if it is >= that rounded up.
WITH limits AS MATERIALIZED (
    SELECT
        *,
        row_number() OVER (ORDER BY organization_id, threshold) AS number,
        coalesce(valid_from, DATE '0001-01-01') AS first_day,
        coalesce(valid_to, DATE '9999-12-31') AS final_day,
        operator IN ('<', '<=') AS waits,
        CASE operator WHEN '>' THEN amount + 0.0001 WHEN '<' THEN amount - 0.0001 ELSE amount END AS bar,
        CAST(
            CAST((ten_thousandths(amount) * ten_thousandths(warn_at) + 999999) // 1000000 AS DECIMAL(38, 0))
            * CAST(0.0001 AS DECIMAL(4, 4)) AS DECIMAL(28, 4)
        ) AS warn_bar,
        CASE period WHEN 'day' THEN 100 WHEN 'week' THEN 25 ELSE 8 END AS day_largest
    FROM thresholds
),
-- A category has few spellings: they are compared once each, not in every row.
spellings AS MATERIALIZED (
    SELECT l.number, l.organization_id, l.day_largest, c.category
    FROM limits AS l
    JOIN (SELECT DISTINCT category FROM ledger WHERE EXISTS (FROM limits WHERE scope_kind = 'category')) AS c
        ON l.scope_kind = 'category' AND l.scope_value = category_key(c.category)
),
-- Sums by day and type of what each threshold looks at: a scan of the ledger for each kind of scope that there is. The largest
-- amounts of a day say later how large one must be to be among those of a bucket.
sums AS (
    SELECT l.number, t.date, t.type, t.amount, t.largest
    FROM (
        SELECT t.organization_id, t.date, t.type, sum(t.amount) AS amount, max(t.amount, o.day_largest) AS largest
        FROM ledger AS t
        JOIN (
            SELECT organization_id, max(day_largest) AS day_largest
            FROM limits
            WHERE scope_kind = 'all' AND period <> 'transaction'
            GROUP BY ALL
        ) AS o ON o.organization_id = t.organization_id
        GROUP BY ALL
    ) AS t
    JOIN limits AS l ON l.organization_id = t.organization_id AND l.scope_kind = 'all'
    UNION ALL
    SELECT l.number, t.date, t.type, sum(t.amount) AS amount, max(t.amount, l.day_largest) AS largest
    FROM ledger AS t
    JOIN limits AS l ON l.organization_id = t.organization_id AND l.scope_kind = 'vendor' AND l.scope_value = t.vendor_key
    GROUP BY ALL
    UNION ALL
    SELECT s.number, t.date, t.type, sum(t.amount) AS amount, max(t.amount, s.day_largest) AS largest
    FROM ledger AS t
    JOIN spellings AS s ON s.organization_id = t.organization_id AND s.category = t.category
    GROUP BY ALL
),
daily AS MATERIALIZED (
    SELECT
        s.number,
        period_start(l.period, s.date) AS period_start,
        CAST(date_trunc('month', s.date) AS DATE) AS month,
        s.date,
        CAST(coalesce(sum(s.amount) FILTER (s.type <> 'refund'), 0) AS DECIMAL(28, 4)) AS added,
        CAST(coalesce(sum(s.amount) FILTER (s.type = 'refund'), 0) AS DECIMAL(28, 4)) AS refunded,
        flatten(list(s.largest)) AS largest
    FROM sums AS s
    JOIN limits AS l USING (number)
    WHERE l.period <> 'transaction' AND s.date BETWEEN l.first_day AND l.final_day
        AND (s.type = l.type OR (s.type = 'refund' AND l.type = 'expense'))
    GROUP BY ALL
),
running AS (
    SELECT
        * EXCLUDE (largest),
        CAST(sum(added - refunded) OVER bucket AS DECIMAL(28, 4)) AS total,
        CAST(sum(refunded) OVER bucket AS DECIMAL(28, 4)) AS refunded_so_far
    FROM daily
    WINDOW bucket AS (PARTITION BY number, period_start ORDER BY date)
),
month_ends AS (
    SELECT number, period_start, month, arg_max(total, date) AS total, max(refunded_so_far) AS refunds
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
    JOIN limits AS l USING (number)
    SEMI JOIN scope_months AS s ON s.organization_id = l.organization_id AND s.month = m.month
    WHERE NOT l.waits AND (m.total >= l.bar OR m.total >= l.warn_bar)
),
-- On such a day the total may have been below the bar, and may have come to it.
crossing_days AS MATERIALIZED (
    SELECT s.*, r.date, r.total - r.added + r.refunded AS before
    FROM standing AS s
    JOIN running AS r USING (number, period_start, month)
    WHERE r.total - r.added < s.bar AND r.total + r.refunded >= s.bar
),
-- For < and <=: the days in scope on which a bucket ends, from the one that has the organization's first transaction on.
beginnings AS (
    SELECT m.organization_id, min(m.month) AS month
    FROM months AS m
    SEMI JOIN (SELECT organization_id FROM limits WHERE waits) AS l ON l.organization_id = m.organization_id
    GROUP BY ALL
),
first_days AS (
    SELECT b.organization_id, coalesce(min(f.date), b.month) AS date
    FROM beginnings AS b
    LEFT JOIN (
        SELECT t.organization_id, t.date
        FROM ledger AS t
        JOIN beginnings AS first ON first.organization_id = t.organization_id AND first.month = t.month
    ) AS f ON f.organization_id = b.organization_id
    GROUP BY b.organization_id, b.month
),
days AS (
    SELECT s.organization_id, s.month, CAST(unnest(generate_series(s.month, last_day(s.month), INTERVAL 1 DAY)) AS DATE) AS date
    FROM scope_months AS s
    SEMI JOIN (SELECT organization_id FROM limits WHERE waits) AS l ON l.organization_id = s.organization_id
),
ended AS (
    SELECT l.number, d.month, l.bar, period_start(l.period, d.date) AS period_start
    FROM days AS d
    JOIN limits AS l USING (organization_id)
    JOIN first_days AS b USING (organization_id)
    WHERE l.waits AND l.period <> 'transaction' AND d.date BETWEEN l.first_day AND l.final_day
        AND d.date = least(period_end(l.period, d.date), l.final_day)
        AND d.date >= b.date
),
below AS MATERIALIZED (
    SELECT
        e.number,
        e.period_start,
        e.month,
        CAST(coalesce(sum(d.added - d.refunded), 0) AS DECIMAL(28, 4)) AS total,
        CAST(coalesce(sum(d.refunded), 0) AS DECIMAL(28, 4)) AS refunds
    FROM ended AS e
    LEFT JOIN daily AS d USING (number, period_start)
    GROUP BY e.number, e.period_start, e.month, e.bar
    HAVING total <= e.bar
),
-- The buckets that something is, or may be, found of, and the days whose rows are looked at for them.
buckets AS MATERIALIZED (
    SELECT *, row_number() OVER () AS bucket
    FROM (
        SELECT number, period_start, month FROM crossing_days
        UNION
        SELECT number, period_start, month FROM below
    )
),
bucket_days AS MATERIALIZED (
    SELECT b.*, d.date, d.largest
    FROM buckets AS b
    JOIN daily AS d ON d.number = b.number AND d.period_start = b.period_start AND d.month <= b.month
),
least_shown AS (
    SELECT bucket, coalesce(list_reverse_sort(flatten(list(largest)))[100], 0) AS least
    FROM bucket_days
    GROUP BY bucket
),
wanted AS MATERIALIZED (
    SELECT
        b.bucket, b.number, b.date, l.organization_id, l.scope_kind, l.scope_value, l.type, s.least,
        c.date IS NOT NULL AS crossing
    FROM bucket_days AS b
    JOIN least_shown AS s USING (bucket)
    JOIN limits AS l USING (number)
    LEFT JOIN crossing_days AS c ON c.number = b.number AND c.month = b.month AND c.date = b.date
),
-- Of their rows those of the days on which something may have been crossed, and those that may be among the 100 largest: a
-- year has too many to show. Again a scan for each kind of scope. Ids are made only of rows that are shown: by load and row
-- number they have the order of their ids.
kept AS MATERIALIZED (
    SELECT t.load_id, t.row_number, t.vendor, t.amount, t.type, t.date, w.bucket, w.crossing, t.amount >= w.least AS shown
    FROM ledger AS t
    JOIN wanted AS w
        ON w.organization_id = t.organization_id AND w.date = t.date AND w.scope_kind = 'all'
        AND (w.crossing OR t.amount >= w.least) AND (t.type = w.type OR (t.type = 'refund' AND w.type = 'expense'))
    UNION ALL
    SELECT t.load_id, t.row_number, t.vendor, t.amount, t.type, t.date, w.bucket, w.crossing, t.amount >= w.least AS shown
    FROM ledger AS t
    JOIN wanted AS w
        ON w.organization_id = t.organization_id AND w.date = t.date
        AND w.scope_kind = 'vendor' AND w.scope_value = t.vendor_key
        AND (w.crossing OR t.amount >= w.least) AND (t.type = w.type OR (t.type = 'refund' AND w.type = 'expense'))
    UNION ALL
    SELECT t.load_id, t.row_number, t.vendor, t.amount, t.type, t.date, w.bucket, w.crossing, t.amount >= w.least AS shown
    FROM ledger AS t
    JOIN (SELECT w.*, s.category FROM wanted AS w JOIN spellings AS s USING (number)) AS w
        ON w.organization_id = t.organization_id AND w.date = t.date AND w.category = t.category
        AND (w.crossing OR t.amount >= w.least) AND (t.type = w.type OR (t.type = 'refund' AND w.type = 'expense'))
),
largest AS (
    SELECT
        bucket,
        list_transform(
            list_sort(list({amount: -amount, load: load_id, row: row_number}))[1:100], lambda x: transaction_id(x.load, x.row)
        ) AS ids
    FROM kept
    WHERE shown
    GROUP BY bucket
),
crossing_rows AS (
    SELECT
        b.bucket, d.* EXCLUDE (before), k.load_id, k.row_number, k.vendor, k.amount,
        CASE k.type WHEN 'refund' THEN -k.amount ELSE k.amount END AS net,
        CAST(
            d.before + sum(net) OVER (
                PARTITION BY b.bucket, d.date ORDER BY k.load_id, k.row_number ROWS UNBOUNDED PRECEDING
            ) AS DECIMAL(28, 4)
        ) AS reached
    FROM kept AS k
    JOIN buckets AS b USING (bucket)
    JOIN crossing_days AS d ON d.number = b.number AND d.month = b.month AND d.date = k.date
    WHERE k.crossing
),
crossed AS (
    SELECT
        bucket, number, period_start, month, level, level AS kind, total, refunds,
        transaction_id(load_id, row_number) AS crossed_by, date AS crossed_on, amount AS crossed_amount,
        vendor AS crossed_vendor, reached - net AS total_before, reached
    FROM crossing_rows
    WHERE reached >= bar AND reached - net < bar
    QUALIFY row_number() OVER (PARTITION BY bucket ORDER BY date DESC, load_id DESC, row_number DESC) = 1
),
totals AS (
    SELECT
        f.*,
        CASE WHEN f.crossed_by IS NULL THEN coalesce(m.ids, [])
            ELSE ([f.crossed_by] || list_filter(m.ids, lambda x: x <> f.crossed_by))[1:100]
        END AS transactions
    FROM (
        FROM crossed
        UNION ALL BY NAME
        SELECT e.*, b.bucket, 'exceeded' AS level, 'below' AS kind
        FROM below AS e
        JOIN buckets AS b USING (number, period_start, month)
    ) AS f
    LEFT JOIN largest AS m USING (bucket)
),
-- A transaction that is a bucket of its own: one comparison, at once.
single AS (
    SELECT
        l.number,
        t.date AS period_start,
        t.month,
        CASE WHEN l.waits OR t.amount >= l.bar THEN 'exceeded' ELSE 'approached' END AS level,
        CASE WHEN l.waits THEN 'transaction_below'
            WHEN t.amount >= l.bar THEN 'transaction_exceeded'
            ELSE 'transaction_approached'
        END AS kind,
        CAST(t.amount AS DECIMAL(28, 4)) AS total,
        transaction_id(t.load_id, t.row_number) AS crossed_by,
        t.date AS crossed_on,
        t.amount AS crossed_amount,
        t.vendor AS crossed_vendor,
        [crossed_by] AS transactions
    FROM ledger AS t
    SEMI JOIN scope_months AS s ON s.organization_id = t.organization_id AND s.month = t.month
    JOIN limits AS l
        ON l.organization_id = t.organization_id AND l.period = 'transaction' AND l.type = t.type
        AND t.date BETWEEN l.first_day AND l.final_day
        AND CASE WHEN l.waits THEN t.amount <= l.bar ELSE t.amount >= l.bar OR t.amount >= l.warn_bar END
        AND CASE l.scope_kind WHEN 'vendor' THEN l.scope_value = t.vendor_key
            WHEN 'category' THEN coalesce(l.scope_value = category_key(t.category), false)
            ELSE true
        END
),
found AS (
    FROM totals
    UNION ALL BY NAME
    FROM single
)
SELECT
    l.organization_id,
    f.month,
    f.kind,
    concat_ws('|', l.threshold, f.period_start, CASE l.period WHEN 'transaction' THEN f.crossed_by END) AS key,
    CASE f.level WHEN 'exceeded' THEN l.severity ELSE 'LOW' END AS severity,
    CASE WHEN l.period = 'transaction' THEN f.crossed_vendor WHEN l.scope_kind = 'vendor' THEN l.scope_name ELSE l.name END
        AS subject,
    CASE f.level WHEN 'exceeded' THEN abs(f.total - l.amount) ELSE f.total END AS at_stake,
    f.transactions,
    l.threshold,
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
JOIN limits AS l USING (number)
