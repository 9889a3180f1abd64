-- The vendors of the accepted loads, each with its first month: who was seen before is asked of these, not of all rows.
INSERT INTO lake.load_vendors BY NAME
SELECT
    a.load_id, a.organization_id, coalesce(k.vendor_key, lower(v.vendor)) AS vendor_key,
    date_trunc('month', min(v.first_date))::DATE AS first_month
FROM (SELECT ordinal, vendor, min(date) AS first_date FROM good_rows GROUP BY ALL) AS v
JOIN accepted AS a USING (ordinal)
LEFT JOIN vendor_keys AS k USING (vendor)
GROUP BY ALL
