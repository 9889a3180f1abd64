-- Months that the money lasts at the pace of the window. net_burn = burned ÷ n and runway = means ÷ burned, where `means` is
-- cash × n, or with basis revenue the window's income (both averages are over the same n). Everything is a whole number of
-- ten-thousandths, and a runway is compared as means < 3 × burned: nothing is divided or rounded before it is compared.
WITH monthly AS (
    SELECT
        organization_id,
        month,
        sum(CASE type WHEN 'expense' THEN amount ELSE -amount END) AS burned,
        coalesce(sum(amount) FILTER (type = 'income'), 0) AS income
    FROM months
    GROUP BY ALL
),
beginnings AS (
    SELECT organization_id, min(month) AS first_month FROM monthly GROUP BY ALL
),
windows AS (
    SELECT
        s.organization_id,
        s.month,
        p.basis,
        CAST(least(p.window_months, datediff('month', b.first_month, s.month) + 1) AS HUGEINT) AS n
    FROM scope_months AS s
    JOIN parameters AS p USING (organization_id)
    JOIN beginnings AS b ON b.organization_id = s.organization_id AND b.first_month <= s.month
),
-- A month without transactions has no row here, and counts in n.
burns AS (
    SELECT
        w.organization_id,
        w.month,
        w.basis,
        w.n,
        CAST(coalesce(sum(m.burned), 0) AS DECIMAL(28, 4)) AS total_burned,
        ten_thousandths(total_burned) AS burned,
        ten_thousandths(coalesce(sum(m.income), 0)) AS income
    FROM windows AS w
    LEFT JOIN monthly AS m
        ON m.organization_id = w.organization_id AND m.month <= w.month
        AND m.month > w.month - to_months(CAST(w.n AS INTEGER))
    GROUP BY ALL
),
balances AS (
    SELECT
        s.organization_id,
        s.month,
        any_value(o.opening_balance) AS opening_balance,
        CAST(coalesce(sum(t.amount) FILTER (t.type = 'income'), 0) AS DECIMAL(28, 4)) AS income_since,
        CAST(coalesce(sum(t.amount) FILTER (t.type = 'refund'), 0) AS DECIMAL(28, 4)) AS refunds_since,
        CAST(coalesce(sum(t.amount) FILTER (t.type = 'expense'), 0) AS DECIMAL(28, 4)) AS expenses_since,
        CAST(any_value(o.opening_balance) + income_since + refunds_since - expenses_since AS DECIMAL(28, 4)) AS cash
    FROM scope_months AS s
    JOIN organizations AS o ON o.organization_id = s.organization_id AND o.opening_date <= last_day(s.month)
    LEFT JOIN since_opening AS t ON t.organization_id = s.organization_id AND t.month <= s.month
    GROUP BY ALL
),
judged AS (
    SELECT
        b.*,
        c.* EXCLUDE (organization_id, month),
        CASE b.basis WHEN 'cash' THEN greatest(ten_thousandths(c.cash), 0) * b.n ELSE b.income END AS means
    FROM burns AS b
    LEFT JOIN balances AS c USING (organization_id, month)
    WHERE b.burned > 0 AND (b.basis = 'revenue' OR c.cash IS NOT NULL)
)
SELECT
    j.organization_id,
    j.month,
    j.basis AS kind,
    strftime(j.month, '%Y-%m') AS key,
    CASE WHEN j.means < 3 * j.burned THEN 'HIGH' ELSE 'MEDIUM' END AS severity,
    'cash' AS subject,
    exact_quotient(j.burned, j.n, o.currency_decimals) AS at_stake,
    CAST([] AS UUID[]) AS transactions,
    exact_quotient(j.burned, j.n, o.currency_decimals) AS net_burn,
    CASE j.basis WHEN 'cash' THEN j.cash END AS cash,
    -- Rounded down: what is below a bound reads so.
    CAST(100 * j.means // j.burned * CAST(0.01 AS DECIMAL(2, 2)) AS DECIMAL(9, 2)) AS runway,
    CAST(j.n AS BIGINT) AS months,
    j.basis,
    j.total_burned,
    exact_quotient(j.income, j.n, o.currency_decimals) AS average_income,
    j.opening_balance,
    j.income_since,
    j.refunds_since,
    j.expenses_since
FROM judged AS j
JOIN organizations AS o USING (organization_id)
WHERE j.means < 6 * j.burned
