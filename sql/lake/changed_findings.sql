-- The findings of `latest` that are to be told to PostgreSQL: those of which no alert says the same already. An alert that was
-- resolved because its finding no longer held is told of it again. `vendor` is as the evidence has it; its key takes its place
-- when they are written out (`written_findings`).
CREATE OR REPLACE TEMP TABLE changed_findings AS
SELECT f.*
FROM (
    SELECT
        f.organization_id, f.analyzer, f.fingerprint, CAST(f.severity AS SMALLINT) AS severity, f.title, f.message, f.subject,
        f.amount, f.month, f.evidence, f.transactions, f.analysis_run_id, f.ledger_snapshot,
        CAST(
            md5(
                concat_ws(
                    chr(0), f.severity, f.title, f.message, f.subject, f.amount, f.month, f.evidence,
                    array_to_string(f.transactions, ' ')
                )
            ) AS UUID
        ) AS content,
        f.evidence ->> 'vendor' AS vendor
    FROM lake.findings AS f
    SEMI JOIN latest AS l
        ON l.organization_id = f.organization_id AND l.fingerprint = f.fingerprint AND l.month = f.month
    SEMI JOIN current AS c
        ON c.organization_id = f.organization_id AND c.month = f.month AND c.run_id = f.analysis_run_id
    WHERE f.analyzer = $analyzer
) AS f
ANTI JOIN told AS t
    ON t.organization_id = f.organization_id AND t.fingerprint = f.fingerprint AND t.content = f.content
    AND NOT t.no_longer_held
