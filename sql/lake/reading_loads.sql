-- PostgreSQL. The table `loads` of people's own SQL: what comes of this is copied.
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
    CAST(l.expense AS NUMERIC(28, {{decimals}})) AS expense,
    CAST(l.income AS NUMERIC(28, {{decimals}})) AS income,
    CAST(l.refund AS NUMERIC(28, {{decimals}})) AS refund,
    array(SELECT to_char(m, 'YYYY-MM') FROM unnest(l.months) WITH ORDINALITY AS u (m, place) ORDER BY place) AS months,
    l.rules,
    l.reason
FROM loads AS l
JOIN organizations AS o ON o.id = l.organization_id
ORDER BY l.received_at, l.id
