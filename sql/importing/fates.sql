-- What became of the rows of each load, by day and type: the one look at all rows that figures and control totals come from.
CREATE OR REPLACE TEMP TABLE fates AS
SELECT
    ordinal,
    CASE
        WHEN outcome IS NOT NULL THEN outcome
        WHEN coalesce({{rules}}) IS NOT NULL THEN 'rejected'
        ELSE 'good'
    END AS fate,
    date,
    type,
    count(*) AS rows,
    sum(amount) AS amount
FROM staged
GROUP BY ALL
