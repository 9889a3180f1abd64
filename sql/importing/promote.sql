-- The good rows of the loads that were accepted, into the ledger; in the order of the files, so a month's file is
-- clustered by organization without a sort.
INSERT INTO lake.transactions
SELECT a.organization_id, a.load_id, s.row_number, date_trunc('month', s.date)::DATE AS month, s.date, s.vendor,
       coalesce(k.vendor_key, lower(s.vendor)) AS vendor_key, s.amount, s.type, s.category, s.description, s.currency,
       s.external_id, s.account
FROM good_rows AS s
JOIN accepted AS a USING (ordinal)
LEFT JOIN vendor_keys AS k USING (vendor)
