-- From findings that are new or say something else (temporary table `raised`, one row an alert) to alerts. New ones get their
-- organization's next numbers in rank order; those that stand take over the evidence; a resolved one is reopened only by worse
-- evidence, or when the system had resolved it because it no longer held. `unfounded` has the alerts whose finding is gone.
WITH before AS (
    SELECT
        a.organization_id, a.number, r.fingerprint,
        a.status = 'RESOLVED' AND a.outcome <> 'no_longer_holds'
        AND (r.severity > a.severity OR NOT r.transactions <@ a.transactions) AS worse,
        a.status = 'RESOLVED' AND a.outcome = 'no_longer_holds' AS holds_again,
        (a.severity, a.title, a.message, a.subject, a.month, a.evidence, a.transactions, a.amount)
        <> (r.severity, r.title, r.message, r.subject, r.month, r.evidence::JSONB, r.transactions, r.amount) AS says_else
    FROM raised AS r
    JOIN alerts AS a ON a.organization_id = r.organization_id AND a.fingerprint = r.fingerprint
),
changed AS (
    SELECT *, worse OR holds_again AS opens FROM before
),
updated AS (
    UPDATE alerts AS a SET
        severity = r.severity, title = r.title, message = r.message, subject = r.subject, amount = r.amount, month = r.month,
        evidence = r.evidence::JSONB, transactions = r.transactions, content = r.content,
        vendor_key = r.vendor_key,
        analysis_run_id = CASE WHEN b.opens OR b.says_else THEN r.analysis_run_id ELSE a.analysis_run_id END,
        ledger_snapshot = CASE WHEN b.opens OR b.says_else THEN r.ledger_snapshot ELSE a.ledger_snapshot END,
        last_seen = CASE WHEN b.opens OR b.says_else THEN now() ELSE a.last_seen END,
        version = a.version + CASE WHEN b.opens OR b.says_else THEN 1 ELSE 0 END,
        status = CASE WHEN b.opens THEN 'OPEN' ELSE a.status END,
        regressed = a.regressed OR b.worse,
        reopened_at = CASE WHEN b.opens THEN now() ELSE a.reopened_at END,
        resolved_by = CASE WHEN b.opens THEN NULL ELSE a.resolved_by END,
        resolved_at = CASE WHEN b.opens THEN NULL ELSE a.resolved_at END,
        outcome = CASE WHEN b.opens THEN NULL ELSE a.outcome END
    FROM raised AS r
    JOIN changed AS b ON b.organization_id = r.organization_id AND b.fingerprint = r.fingerprint
    WHERE a.organization_id = b.organization_id AND a.number = b.number
        AND (b.opens OR a.status <> 'RESOLVED')
        AND (b.opens OR b.says_else OR a.content IS DISTINCT FROM r.content)
    RETURNING a.organization_id, a.id, a.number, b.worse, b.holds_again, b.says_else
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
new_ones AS (
    SELECT organization_id, count(*) AS n FROM fresh GROUP BY organization_id
),
counted AS (
    INSERT INTO alert_counters AS c (organization_id, last_number)
    SELECT organization_id, n FROM new_ones
    ON CONFLICT (organization_id) DO UPDATE SET last_number = c.last_number + excluded.last_number
    RETURNING organization_id, last_number
),
numbered AS (
    SELECT f.*, c.last_number - n.n + f.place AS number
    FROM fresh AS f
    JOIN new_ones AS n USING (organization_id)
    JOIN counted AS c USING (organization_id)
),
inserted AS (
    INSERT INTO alerts (
        organization_id, number, id, analyzer, fingerprint, severity, status, title, message, subject, amount,
        month, evidence, transactions, analysis_run_id, ledger_snapshot, content, vendor_key
    )
    SELECT
        organization_id, number, md5(organization_id::TEXT || fingerprint)::UUID,
        analyzer, fingerprint, severity, 'OPEN', title, message, subject, amount, month, evidence::JSONB, transactions,
        analysis_run_id, ledger_snapshot, content, vendor_key
    FROM numbered
    ORDER BY organization_id, number
    RETURNING organization_id, month, analysis_run_id
),
auto_resolved AS (
    UPDATE alerts AS a SET
        status = 'RESOLVED', outcome = 'no_longer_holds', resolved_by = 'system', resolved_at = now(),
        version = a.version + 1
    FROM unfounded AS u
    WHERE a.organization_id = u.organization_id AND a.number = u.number AND a.status <> 'RESOLVED'
    RETURNING a.organization_id, a.id, a.number
)
SELECT 'raised' AS what, organization_id, NULL::UUID AS id, NULL::INT AS number, month, analysis_run_id, count(*) AS n
FROM inserted GROUP BY organization_id, month, analysis_run_id
UNION ALL
SELECT 'updated', organization_id, NULL, NULL, NULL, NULL, count(*)
FROM updated WHERE says_else AND NOT worse AND NOT holds_again GROUP BY organization_id
UNION ALL
SELECT 'regressed', organization_id, id, number, NULL, NULL, 1 FROM updated WHERE worse
UNION ALL
SELECT 'reopened', organization_id, id, number, NULL, NULL, 1 FROM updated WHERE holds_again
UNION ALL
SELECT 'auto_resolved', organization_id, id, number, NULL, NULL, 1 FROM auto_resolved
ORDER BY what, organization_id, number
