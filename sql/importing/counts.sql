-- Per load: how many rows of each fate, and the totals of the good ones.
SELECT
    ordinal,
    CAST(sum(rows) AS BIGINT) AS rows,
    CAST(coalesce(sum(rows) FILTER (fate = 'blank'), 0) AS BIGINT) AS blank,
    CAST(coalesce(sum(rows) FILTER (fate = 'skipped'), 0) AS BIGINT) AS skipped,
    CAST(coalesce(sum(rows) FILTER (fate = 'rejected'), 0) AS BIGINT) AS rejected,
    CAST(coalesce(sum(rows) FILTER (fate = 'good'), 0) AS BIGINT) AS good,
    coalesce(sum(amount) FILTER (fate = 'good' AND type = 'expense'), 0) AS expense,
    coalesce(sum(amount) FILTER (fate = 'good' AND type = 'income'), 0) AS income,
    coalesce(sum(amount) FILTER (fate = 'good' AND type = 'refund'), 0) AS refund,
    list_sort(list_distinct(list(date_trunc('month', date)::DATE) FILTER (fate = 'good'))) AS months
FROM fates
GROUP BY ordinal
