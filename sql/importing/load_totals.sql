-- Control totals of the accepted loads, from the staged rows: the ledger is reconciled with them later.
INSERT INTO lake.load_totals
SELECT a.load_id, a.organization_id, date_trunc('month', s.date)::DATE AS month, s.type, count(*), sum(s.amount)
FROM staged AS s
JOIN accepted AS a USING (ordinal)
WHERE s.outcome IS NULL
  AND coalesce(row_rule, date_rule, vendor_rule, amount_rule, type_rule, category_rule, description_rule, currency_rule,
               external_id_rule) IS NULL
GROUP BY ALL
