-- The findings of one kind about one vendor in one month are one signal: as strong as the strongest of them; stake and payments
-- add up over those nearly as telling, the others are counted.
INSERT INTO found_signals
WITH weighed AS (
    SELECT
        f.org, f.vendor, f.month, CAST(f.evidence AS INTEGER) AS evidence, CAST(f.stake AS BIGINT) AS stake, f.payments,
        f.figures, CAST(f.evidence + tenths(greatest(f.stake, 1)) // 2 AS INTEGER) AS strength
    FROM findings AS f
),
placed AS (
    SELECT
        *,
        evidence >= max(evidence) OVER (PARTITION BY org, vendor, month) - 20 AS telling,
        row_number() OVER (PARTITION BY org, vendor, month ORDER BY strength DESC, stake DESC, payments[1]) AS place
    FROM weighed
)
SELECT
    $kind, org, vendor, month, max(evidence), max(strength),
    CAST(sum(stake) FILTER (telling OR place = 1) AS BIGINT),
    list_sort(list_distinct(flatten(list(payments) FILTER (payments IS NOT NULL AND (telling OR place = 1))))),
    count(*),
    count(*) FILTER (NOT telling AND place > 1),
    CAST(to_json(any_value(figures) FILTER (place = 1)) AS VARCHAR)
FROM placed
GROUP BY org, vendor, month
