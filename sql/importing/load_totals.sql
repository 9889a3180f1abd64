-- Control totals of the accepted loads, from the staged rows: the ledger is reconciled with them later.
INSERT INTO lake.load_totals BY NAME
SELECT
    a.load_id, a.organization_id, date_trunc('month', f.date)::DATE AS month, f.type, sum(f.rows) AS rows,
    sum(f.amount) AS amount
FROM fates AS f
JOIN accepted AS a USING (ordinal)
WHERE f.fate = 'good'
GROUP BY ALL
