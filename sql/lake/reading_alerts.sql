-- PostgreSQL. The table `alerts` of people's own SQL: what comes of this is copied.
SELECT
    o.slug || '-' || a.number AS number,
    a.id,
    o.slug AS organization,
    a.analyzer,
    CASE a.severity WHEN 3 THEN 'HIGH' WHEN 2 THEN 'MEDIUM' ELSE 'LOW' END AS severity,
    a.status,
    a.title,
    a.message,
    a.subject,
    CAST(a.amount AS NUMERIC(28, {{decimals}})) AS amount,
    o.currency,
    to_char(a.month, 'YYYY-MM') AS month,
    a.evidence,
    a.transactions,
    a.assignee,
    a.acknowledged_by,
    a.acknowledged_at,
    a.resolved_by,
    a.resolved_at,
    a.outcome,
    a.note,
    a.regressed,
    a.first_seen,
    a.last_seen,
    a.analysis_run_id,
    a.ledger_snapshot
FROM alerts AS a
JOIN organizations AS o ON o.id = a.organization_id
ORDER BY o.slug, a.number
