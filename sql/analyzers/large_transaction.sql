-- Transactions of the months in scope above max(multiplier × mean, floor), strictly. An amount is a whole number of
-- ten-thousandths, so it lies above a limit exactly if it lies above the limit with the rest cut off: nothing is rounded
-- before it is compared, and a row costs one comparison.
WITH monthly AS (
    SELECT organization_id, month, sum(amount) AS total, sum(rows) AS n
    FROM months
    WHERE type IN ('expense', 'income')
    GROUP BY ALL
),
baseline AS (
    SELECT
        s.organization_id,
        s.month,
        ten_thousandths(any_value(p.multiplier)) AS multiplier,
        ten_thousandths(any_value(p.high_multiplier)) AS high_multiplier,
        any_value(p.floor) AS floor,
        any_value(o.currency_decimals) AS decimals,
        CAST(sum(m.total) AS DECIMAL(28, 4)) AS baseline_total,
        ten_thousandths(sum(m.total)) AS total,
        CAST(sum(m.n) AS HUGEINT) AS n
    FROM scope_months AS s
    JOIN parameters AS p USING (organization_id)
    JOIN organizations AS o USING (organization_id)
    JOIN monthly AS m
        ON m.organization_id = s.organization_id AND m.month <= s.month
        AND (p.baseline_months = 0 OR m.month > s.month - to_months(CAST(p.baseline_months AS INTEGER)))
    GROUP BY ALL
),
cut AS (
    SELECT
        *,
        greatest(multiplier * total // (n * 10000), ten_thousandths(floor)) AS above,
        high_multiplier * total // (n * 10000) AS high_above
    FROM baseline
),
-- No amount of the ledger is larger than 999999999999.9999: a limit beyond it is the same as one at it.
limits AS (
    SELECT
        *,
        CAST(CAST(least(above, 9999999999999999) AS DECIMAL(38, 0)) * CAST(0.0001 AS DECIMAL(4, 4)) AS DECIMAL(16, 4))
            AS amount_above,
        CAST(CAST(least(high_above, 9999999999999999) AS DECIMAL(38, 0)) * CAST(0.0001 AS DECIMAL(4, 4)) AS DECIMAL(16, 4))
            AS amount_high_above
    FROM cut
)
SELECT
    t.organization_id,
    t.month,
    'large' AS kind,
    CAST(t.transaction_id AS VARCHAR) AS key,
    CASE WHEN t.amount > b.amount_high_above THEN 'HIGH' ELSE 'MEDIUM' END AS severity,
    t.vendor AS subject,
    t.amount AS at_stake,
    [t.transaction_id] AS transactions,
    t.vendor,
    t.amount,
    t.date,
    exact_quotient(b.total, b.n, b.decimals) AS mean,
    greatest(exact_quotient(b.multiplier * b.total, b.n * 10000, b.decimals), b.floor) AS limit_amount,
    exact_quotient(b.high_multiplier * b.total, b.n * 10000, b.decimals) AS high_limit,
    b.baseline_total,
    CAST(b.n AS BIGINT) AS baseline_rows
FROM ledger AS t
JOIN limits AS b USING (organization_id, month)
WHERE t.amount > b.amount_above
    AND t.amount > (SELECT min(amount_above) FROM limits)  -- few rows are left for the join
