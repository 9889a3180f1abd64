-- Transactions of the months first..last above max(multiplier × mean, floor), strictly. Both sides are multiplied by the
-- number of rows, so nothing is divided before it is compared.
WITH monthly AS (
    SELECT organization_id, month, sum(amount) AS total, sum(rows) AS n
    FROM ledger_months
    WHERE type IN ('expense', 'income') AND month <= $last
    GROUP BY ALL
),
baseline AS (
    SELECT w.organization_id, w.month, p.multiplier, p.floor, p.high_multiplier,
           CAST(sum(m.total) AS DECIMAL(24, 2)) AS total, CAST(sum(m.n) AS BIGINT) AS n
    FROM months_in_scope AS w
    JOIN parameters AS p USING (organization_id)
    JOIN monthly AS m
      ON m.organization_id = w.organization_id AND m.month <= w.month
     AND (p.baseline_months = 0 OR m.month > w.month - to_months(CAST(p.baseline_months AS INTEGER)))
    GROUP BY ALL
)
SELECT
    t.organization_id,
    t.month,
    CAST(transaction_id(t.load_id, t.row_number) AS VARCHAR) AS key,
    CASE WHEN CAST(t.amount AS DECIMAL(24, 2)) * b.n > b.high_multiplier * b.total THEN 'HIGH' ELSE 'MEDIUM' END AS severity,
    t.vendor AS subject,
    CAST(t.amount AS DECIMAL(24, 2)) AS at_stake,
    [transaction_id(t.load_id, t.row_number)] AS transactions,
    t.vendor,
    t.amount,
    t.date,
    CAST(exact_quotient(b.total, b.n) AS DECIMAL(24, 2)) AS mean,
    CAST(greatest(exact_quotient(CAST(b.multiplier * b.total AS DECIMAL(24, 2)), b.n), b.floor) AS DECIMAL(24, 2)) AS limit_amount,
    false AS needs_earlier
FROM ledger AS t
JOIN baseline AS b USING (organization_id, month)
WHERE t.month BETWEEN $first AND $last
  AND t.amount > b.floor
  AND CAST(t.amount AS DECIMAL(24, 2)) * b.n > b.multiplier * b.total
