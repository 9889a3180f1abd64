-- Transactions that fit every condition, in the order (date, id); an id orders as its load and row number do. The conditions
-- are those that are asked for, written by the store: one that asks nothing would cost its index.
SELECT
    t.load_id, t.row_number, o.slug AS organization, t.date, t.vendor, t.amount, t.type, t.currency, o.currency_decimals,
    {{texts}}
FROM {{ledger}} AS t
JOIN organizations AS o ON o.id = t.organization_id
WHERE {{conditions}}
ORDER BY t.date, t.load_id, t.row_number
LIMIT $limit
