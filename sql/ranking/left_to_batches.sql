-- Findings that have a payment of their month's batch.
DELETE FROM findings
WHERE rowid IN (
        SELECT p.finding
        FROM (
            SELECT f.rowid AS finding, f.org, f.month, unnest(f.payments) AS payment
            FROM findings AS f
            SEMI JOIN (SELECT DISTINCT org, month FROM batched) AS m ON m.org = f.org AND m.month = f.month
        ) AS p
        SEMI JOIN batched AS b ON b.org = p.org AND b.month = p.month AND b.payment = p.payment
    )
