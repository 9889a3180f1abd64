CREATE OR REPLACE TEMP TABLE scope_months AS
SELECT DISTINCT s.organization_id, CAST(m.month AS DATE) AS month
FROM scope AS s, generate_series(s.first_month, s.last_month, INTERVAL 1 MONTH) AS m (month)
