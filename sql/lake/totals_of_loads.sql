-- What the control totals in the lake say of some loads.
SELECT
    load_id, CAST(sum(rows) AS BIGINT) AS accepted,
    coalesce(sum(amount) FILTER (type = 'expense'), 0) AS expense,
    coalesce(sum(amount) FILTER (type = 'income'), 0) AS income,
    coalesce(sum(amount) FILTER (type = 'refund'), 0) AS refund,
    list_sort(list_distinct(list(month))) AS months
FROM lake.load_totals
WHERE load_id IN (SELECT unnest($loads))
GROUP BY load_id
