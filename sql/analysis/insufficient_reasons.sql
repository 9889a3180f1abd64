-- Months without enough data, and why.
SELECT DISTINCT organization_id, month, reason FROM insufficient ORDER BY ALL
