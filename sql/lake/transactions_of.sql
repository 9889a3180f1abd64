-- The transactions of some loads and rows; the months are those the loads have, and leave out whole files.
SELECT
    t.load_id, t.row_number, o.slug AS organization, t.date, t.vendor, t.amount, t.type, t.currency, o.currency_decimals,
    {{texts}}
FROM lake.transactions AS t
JOIN organizations AS o ON o.id = t.organization_id
JOIN (SELECT unnest($loads) AS load_id, unnest($rows) AS row_number) AS wanted
    ON wanted.load_id = t.load_id AND wanted.row_number = t.row_number
WHERE t.month BETWEEN $first_month AND $last_month
ORDER BY t.date, t.load_id, t.row_number
