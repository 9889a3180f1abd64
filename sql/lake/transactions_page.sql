-- Transactions that fit every filter given, in the order (date, id); an id orders as its load and row number do.
-- Bounds on months beside those on dates let DuckLake leave out whole files.
SELECT t.load_id, t.row_number, o.slug AS organization, t.date, t.vendor, t.amount, t.type, t.category, t.description, t.currency,
       t.external_id, t.account
FROM lake.transactions AS t
JOIN organizations AS o ON o.id = t.organization_id
WHERE ($organization IS NULL OR t.organization_id = $organization)
  AND ($vendor_key IS NULL OR t.vendor_key = $vendor_key)
  AND ($category IS NULL OR lower(t.category) = lower($category))
  AND ($type IS NULL OR t.type = $type)
  AND t.date BETWEEN $first AND $last
  AND t.month BETWEEN date_trunc('month', CAST($first AS DATE)) AND $last
  AND t.amount BETWEEN $minimum AND $maximum
  AND ($after_date IS NULL OR (t.date, t.load_id, t.row_number) > ($after_date, $after_load, $after_row))
ORDER BY t.date, t.load_id, t.row_number
LIMIT $limit
