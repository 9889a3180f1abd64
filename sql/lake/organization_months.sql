-- Control totals of the loads by organization and month, as they were committed with the rows: the latest month first. The
-- conditions come from code, with placeholders for values.
SELECT
    o.slug AS organization, o.currency, o.currency_decimals, t.month, count(DISTINCT t.load_id) AS loads,
    CAST(sum(t.rows) AS BIGINT) AS rows,
    CAST(coalesce(sum(t.amount) FILTER (t.type = 'expense'), 0) AS DECIMAL(38, 4)) AS expense,
    CAST(coalesce(sum(t.amount) FILTER (t.type = 'income'), 0) AS DECIMAL(38, 4)) AS income,
    CAST(coalesce(sum(t.amount) FILTER (t.type = 'refund'), 0) AS DECIMAL(38, 4)) AS refund
FROM ledger_totals AS t
INNER JOIN organizations AS o ON t.organization_id = o.id
WHERE {{conditions}}
GROUP BY ALL
ORDER BY t.month DESC, o.slug ASC
