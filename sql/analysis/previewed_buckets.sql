-- The buckets of a threshold that is tried, each as it stood in its last month: "exceeded" takes the place of "approached", as
-- it does on an alert.
SELECT period_start, month, level, total, limit_amount, crossed_on, crossed_vendor
FROM staged_findings
QUALIFY row_number() OVER (PARTITION BY key ORDER BY month DESC) = 1
ORDER BY period_start, month, key
