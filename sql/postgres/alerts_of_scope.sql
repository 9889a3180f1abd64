-- The alerts of an analyzer in the months that were analysed, of these organizations: what they said, and whether that still
-- stands.
COPY (
    SELECT
        organization_id, number, fingerprint, month, content, status <> 'RESOLVED' AS unresolved,
        coalesce(outcome = 'no_longer_holds', FALSE) AS no_longer_held
    FROM alerts
    WHERE analyzer = :analyzer AND organization_id = ANY(CAST(:ids AS UUID[])) AND month BETWEEN :first AND :last
) TO STDOUT (FORMAT csv)
