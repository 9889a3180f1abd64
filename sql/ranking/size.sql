-- A payment at least twice the largest that the vendor had in all months before.
WITH larger AS (
    FROM vendor_history WHERE earlier_payments >= 3 AND largest >= 2 * earlier_largest
),
found AS (
    SELECT p.org, p.vendor, p.month, p.day, p.amount, p.payment, l.earlier_largest, l.earlier_payments
    FROM payments AS p
    JOIN larger AS l ON l.vendor = p.vendor AND l.month = p.month AND p.amount >= 2 * l.earlier_largest
)
SELECT
    f.org, f.vendor, f.month,
    2 * (tenths(f.amount) - tenths(f.earlier_largest)) + least(tenths(f.earlier_payments), 60) // 2 AS evidence,
    f.amount - f.earlier_largest AS stake, [f.payment] AS payments,
    {amount: f.amount, largest: f.earlier_largest, earlier_payments: f.earlier_payments} AS figures
FROM found AS f
ANTI JOIN refunds AS r
    ON r.vendor = f.vendor AND r.amount = f.amount AND r.day >= f.day AND r.day <= month_end(f.month)
