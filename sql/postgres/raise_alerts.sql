-- From the staged findings (temporary table `raised`, one row an alert) to alerts. New ones get their organization's next
-- numbers in rank order; those that stand take over the evidence; a resolved one is reopened only by worse evidence, or when
-- the system had resolved it because it no longer held. `raised_scope` has the months analysed, by organization.
WITH before AS (
    SELECT
        a.organization_id, a.number, r.fingerprint,
        a.status = 'RESOLVED' AND a.outcome <> 'no_longer_holds'
        AND (r.severity > a.severity OR NOT r.transactions <@ a.transactions) AS worse,
        a.status = 'RESOLVED' AND a.outcome = 'no_longer_holds' AS holds_again
    FROM raised AS r
    JOIN alerts AS a ON a.organization_id = r.organization_id AND a.fingerprint = r.fingerprint
),
updated AS (
    UPDATE alerts AS a SET
        severity = r.severity, title = r.title, message = r.message, subject = r.subject, amount = r.amount, month = r.month,
        evidence = r.evidence::JSONB, transactions = r.transactions, analysis_run_id = r.analysis_run_id,
        ledger_snapshot = r.ledger_snapshot, last_seen = now(), version = a.version + 1,
        status = CASE WHEN b.worse OR b.holds_again THEN 'OPEN' ELSE a.status END,
        regressed = a.regressed OR b.worse,
        reopened_at = CASE WHEN b.worse OR b.holds_again THEN now() ELSE a.reopened_at END,
        resolved_by = CASE WHEN b.worse OR b.holds_again THEN NULL ELSE a.resolved_by END,
        resolved_at = CASE WHEN b.worse OR b.holds_again THEN NULL ELSE a.resolved_at END,
        outcome = CASE WHEN b.worse OR b.holds_again THEN NULL ELSE a.outcome END
    FROM raised AS r
    JOIN before AS b ON b.organization_id = r.organization_id AND b.fingerprint = r.fingerprint
    WHERE a.organization_id = b.organization_id AND a.number = b.number
        AND (b.worse OR b.holds_again OR a.status <> 'RESOLVED')
        AND (
            b.worse OR b.holds_again OR (a.severity, a.message, a.month, a.evidence, a.transactions, a.amount)
            IS DISTINCT FROM (r.severity, r.message, r.month, r.evidence::JSONB, r.transactions, r.amount)
        )
    RETURNING a.organization_id, a.id, a.number, b.worse, b.holds_again
),
fresh AS (
    SELECT
        r.*, row_number() OVER (
            PARTITION BY r.organization_id ORDER BY r.severity DESC, r.amount DESC, r.month ASC, r.fingerprint ASC
        ) AS place
    FROM raised AS r
    WHERE NOT EXISTS (
            SELECT 1 FROM before AS b WHERE b.organization_id = r.organization_id AND b.fingerprint = r.fingerprint
        )
),
counted AS (
    INSERT INTO alert_counters AS c (organization_id, last_number)
    SELECT organization_id, count(*) FROM fresh GROUP BY organization_id
    ON CONFLICT (organization_id) DO UPDATE SET last_number = c.last_number + excluded.last_number
    RETURNING organization_id, last_number
),
inserted AS (
    INSERT INTO alerts (
        organization_id, number, id, analyzer, fingerprint, severity, status, title, message, subject, amount,
        month, evidence, transactions, analysis_run_id, ledger_snapshot
    )
    SELECT
        f.organization_id, c.last_number - max(f.place) OVER (PARTITION BY f.organization_id) + f.place,
        md5(f.organization_id::TEXT || f.fingerprint)::UUID, f.analyzer, f.fingerprint, f.severity, 'OPEN', f.title,
        f.message, f.subject, f.amount, f.month, f.evidence::JSONB, f.transactions, f.analysis_run_id, f.ledger_snapshot
    FROM fresh AS f
    JOIN counted AS c USING (organization_id)
    RETURNING organization_id, month, analysis_run_id
),
auto_resolved AS (
    UPDATE alerts AS a SET
        status = 'RESOLVED', outcome = 'no_longer_holds', resolved_by = 'system', resolved_at = now(),
        version = a.version + 1
    FROM raised_scope AS s
    WHERE a.organization_id = s.organization_id AND a.month BETWEEN s.first_month AND s.last_month
        AND a.analyzer = :analyzer AND a.status <> 'RESOLVED'
        AND NOT EXISTS (
            SELECT 1 FROM raised AS r WHERE r.organization_id = a.organization_id AND r.fingerprint = a.fingerprint
        )
    RETURNING a.organization_id, a.id, a.number
)
SELECT 'raised' AS what, organization_id, NULL::UUID AS id, NULL::INT AS number, month, analysis_run_id, count(*) AS n
FROM inserted GROUP BY organization_id, month, analysis_run_id
UNION ALL
SELECT 'updated', organization_id, NULL, NULL, NULL, NULL, count(*)
FROM updated WHERE NOT worse AND NOT holds_again GROUP BY organization_id
UNION ALL
SELECT 'regressed', organization_id, id, number, NULL, NULL, 1 FROM updated WHERE worse
UNION ALL
SELECT 'reopened', organization_id, id, number, NULL, NULL, 1 FROM updated WHERE holds_again
UNION ALL
SELECT 'auto_resolved', organization_id, id, number, NULL, NULL, 1 FROM auto_resolved
ORDER BY what, organization_id, number
