-- Forget what a destination was told of that is not among the problems that stand.
DELETE FROM notified_problems AS n
WHERE n.destination = :destination
    AND NOT EXISTS (
        SELECT 1
        FROM unnest(CAST(:kinds AS TEXT[]), CAST(:subjects AS TEXT[])) AS standing (kind, subject)
        WHERE standing.kind = n.kind AND standing.subject = n.subject
    )
