-- A month above the vendor's largest of the year before.
SELECT
    org, vendor, month, (year_months * (tenths(net) - tenths(year_largest_net))) // 6 AS evidence,
    net - year_largest_net AS stake, CAST(NULL AS BIGINT[]) AS payments,
    {net: net, largest: year_largest_net, active: year_months} AS figures
FROM vendor_history
WHERE year_months >= 4 AND net > year_largest_net AND year_largest_net > 0
    AND (year_months * (tenths(net) - tenths(year_largest_net))) // 6 >= 6
