-- The vendors of each organization, from those of its loads, as they were known at the end of its last month in scope.
CREATE OR REPLACE TEMP TABLE vendors AS
SELECT v.organization_id, v.vendor_key, min(v.first_month) AS first_month
FROM ledger_vendors AS v
JOIN (SELECT organization_id, max(last_month) AS last_month FROM scope GROUP BY ALL) AS s
    ON s.organization_id = v.organization_id AND v.first_month <= s.last_month
GROUP BY ALL
