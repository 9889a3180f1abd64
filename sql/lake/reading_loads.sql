-- The table `loads` of people's own SQL, copied: attached, PostgreSQL would bring its functions along.
CREATE TEMP TABLE loads AS
SELECT
    l.id AS load_id,
    o.slug AS organization,
    l.file,
    l.sha256,
    l.bytes,
    l.status,
    l.on_invalid,
    l.received_at,
    l.finished_at,
    l.rows,
    l.accepted,
    l.rejected,
    l.skipped,
    l.blank,
    l.expense,
    l.income,
    l.refund,
    list_transform(l.months, lambda m: strftime(m, '%Y-%m')) AS months,
    l.rules,
    l.reason
FROM store.loads AS l
JOIN store.organizations AS o ON o.id = l.organization_id
ORDER BY l.received_at, l.id
