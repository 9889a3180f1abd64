-- A vendor's first month, once the organization has been known for longer than three.
SELECT
    h.org, h.vendor, h.month, 0 AS evidence, h.net AS stake, CAST(NULL AS BIGINT[]) AS payments,
    {payments: h.payments, net: h.net} AS figures
FROM vendor_history AS h
JOIN organization_months AS o ON o.org = h.org AND o.month = h.month
WHERE h.earlier_months = 0 AND h.net > 0 AND o.age > 3
