-- Control totals of the accepted loads, from the staged rows: the ledger is reconciled with them later.
INSERT INTO lake.load_totals BY NAME
SELECT a.load_id, a.organization_id, date_trunc('month', s.date)::DATE AS month, s.type, count(*) AS rows,
       sum(s.amount) AS amount
FROM good_rows AS s
JOIN accepted AS a USING (ordinal)
GROUP BY ALL
