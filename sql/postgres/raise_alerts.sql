-- From the staged findings (temporary table `raised`, one row an alert) to alerts. New ones get the next numbers in rank
-- order; standing ones take over the evidence; a resolved one is reopened only by worse evidence, or when the system had
-- resolved it because it no longer held. %(first)s..%(last)s are the months analysed.
WITH before AS (
    SELECT a.id, r.fingerprint, r.organization_id, a.status, a.outcome,
           a.status = 'RESOLVED' AND a.outcome <> 'no_longer_holds'
               AND (r.severity > a.severity OR NOT r.transactions <@ a.transactions) AS worse,
           a.status = 'RESOLVED' AND a.outcome = 'no_longer_holds' AS holds_again
    FROM raised r JOIN alerts a ON a.organization_id = r.organization_id AND a.fingerprint = r.fingerprint
),
updated AS (
    UPDATE alerts a SET
        severity = r.severity, title = r.title, message = r.message, subject = r.subject, amount = r.amount, month = r.month,
        evidence = r.evidence, transactions = r.transactions, analysis_run_id = r.analysis_run_id,
        ledger_snapshot = r.ledger_snapshot, last_seen = now(), version = a.version + 1,
        status = CASE WHEN b.worse OR b.holds_again THEN 'OPEN' ELSE a.status END,
        regressed = a.regressed OR b.worse,
        resolved_by = CASE WHEN b.worse OR b.holds_again THEN NULL ELSE a.resolved_by END,
        resolved_at = CASE WHEN b.worse OR b.holds_again THEN NULL ELSE a.resolved_at END,
        outcome = CASE WHEN b.worse OR b.holds_again THEN NULL ELSE a.outcome END
    FROM raised r JOIN before b ON b.organization_id = r.organization_id AND b.fingerprint = r.fingerprint
    WHERE a.id = b.id AND (b.worse OR b.holds_again OR a.status <> 'RESOLVED')
      AND (b.worse OR b.holds_again OR (a.severity, a.message, a.month, a.evidence, a.transactions, a.amount)
           IS DISTINCT FROM (r.severity, r.message, r.month, r.evidence, r.transactions, r.amount))
    RETURNING a.number, b.worse, b.holds_again, b.organization_id
),
inserted AS (
    INSERT INTO alerts (id, number, organization_id, analyzer, fingerprint, severity, status, title, message, subject, amount,
        month, evidence, transactions, analysis_run_id, ledger_snapshot)
    SELECT md5(r.organization_id::text || r.fingerprint)::uuid,
           (SELECT coalesce(max(number), 0) FROM alerts)
               + row_number() OVER (ORDER BY r.severity DESC, r.amount DESC, r.month, r.organization_id, r.fingerprint),
           r.organization_id, r.analyzer, r.fingerprint, r.severity, 'OPEN', r.title, r.message, r.subject, r.amount, r.month,
           r.evidence, r.transactions, r.analysis_run_id, r.ledger_snapshot
    FROM raised r
    WHERE NOT EXISTS (SELECT 1 FROM before b WHERE b.organization_id = r.organization_id AND b.fingerprint = r.fingerprint)
    RETURNING month, analysis_run_id
),
gone AS (
    UPDATE alerts a SET status = 'RESOLVED', outcome = 'no_longer_holds', resolved_by = 'system', resolved_at = now(),
        version = a.version + 1
    WHERE a.analyzer = %(analyzer)s AND a.month BETWEEN %(first)s AND %(last)s AND a.organization_id = ANY(%(scope)s)
      AND a.status <> 'RESOLVED'
      AND NOT EXISTS (SELECT 1 FROM raised r WHERE r.organization_id = a.organization_id AND r.fingerprint = a.fingerprint)
    RETURNING a.number, a.organization_id
)
SELECT 'raised' AS what, NULL::bigint AS number, NULL::uuid AS organization_id, month, analysis_run_id, count(*) AS n
FROM inserted GROUP BY month, analysis_run_id
UNION ALL SELECT 'updated', NULL, NULL, NULL, NULL, count(*) FROM updated WHERE NOT worse AND NOT holds_again
UNION ALL SELECT 'regressed', number, organization_id, NULL, NULL, 1 FROM updated WHERE worse
UNION ALL SELECT 'reopened', number, organization_id, NULL, NULL, 1 FROM updated WHERE holds_again
UNION ALL SELECT 'gone', number, organization_id, NULL, NULL, 1 FROM gone
