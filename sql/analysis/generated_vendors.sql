-- The vendors that loads with these rows have, each with its first month.
CREATE OR REPLACE TABLE lake.load_vendors AS
SELECT load_id, organization_id, vendor_key, min(month) AS first_month
FROM lake.transactions
GROUP BY ALL
