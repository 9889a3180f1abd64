-- A vendor that is paid again after a year or more without a payment.
SELECT
    org, vendor, month,
    greatest(-40, least(80, 2 * (tenths(net) - tenths(earlier_largest)))) AS evidence,
    net AS stake, CAST(NULL AS BIGINT[]) AS payments,
    {last_month: strftime(month_start(previous_month), '%Y-%m'), largest: earlier_largest, payments: payments, net: net}
        AS figures
FROM vendor_history
WHERE earlier_months > 0 AND previous_month < month - dormant_months() AND net > 0
