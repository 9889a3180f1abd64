-- The good rows of the loads that were accepted, into the ledger; in the order of the files, so a file of the lake is
-- clustered by organization without a sort.
INSERT INTO lake.transactions BY NAME
SELECT
    a.organization_id, a.load_id, s.row_number, date_trunc('month', s.date)::DATE AS month,
    coalesce(k.vendor_key, lower(s.vendor)) AS vendor_key, {{columns}}  -- noqa: AL02
FROM good_rows AS s
JOIN accepted AS a USING (ordinal)
LEFT JOIN vendor_keys AS k USING (vendor)
