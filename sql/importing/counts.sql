-- Per load: how many rows of each fate, and the totals of the good ones.
SELECT
    ordinal,
    count(*) AS rows,
    count(*) FILTER (outcome = 'blank') AS blank,
    count(*) FILTER (outcome = 'skipped') AS skipped,
    count(*) FILTER (bad) AS rejected,
    count(*) FILTER (good) AS good,
    coalesce(sum(amount) FILTER (good AND type = 'expense'), 0) AS expense,
    coalesce(sum(amount) FILTER (good AND type = 'income'), 0) AS income,
    coalesce(sum(amount) FILTER (good AND type = 'refund'), 0) AS refund,
    list_sort(list_distinct(list(date_trunc('month', date)::DATE) FILTER (good))) AS months
FROM (
    SELECT *,
           outcome IS NULL AND broken IS NOT NULL AS bad,
           outcome IS NULL AND broken IS NULL AS good
    FROM (
        SELECT ordinal, outcome, amount, type, date,
               coalesce({{rules}}) AS broken
        FROM staged
    )
)
GROUP BY ordinal
