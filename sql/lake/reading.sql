-- What people may read of the lake, under the names they know. `organizations`, `current_runs` and `load_attempts` were copied
-- in. Amounts have as many decimals as the currency with the most of them here.
CREATE TEMP VIEW ledger AS
SELECT {{ledger_columns}}
FROM (
    SELECT
        t.* REPLACE (strftime(t.month, '%Y-%m') AS month, CAST(t.amount AS DECIMAL(18, {{decimals}})) AS amount),
        transaction_id(t.load_id, t.row_number) AS transaction_id,
        o.slug AS organization
    FROM ledger_transactions AS t
    JOIN organizations AS o ON o.id = t.organization_id
);

CREATE TEMP VIEW findings AS
SELECT
    f.analyzer,
    o.slug AS organization,
    strftime(f.month, '%Y-%m') AS month,
    f.kind,
    CASE f.severity WHEN 3 THEN 'HIGH' WHEN 2 THEN 'MEDIUM' ELSE 'LOW' END AS severity,
    f.subject,
    f.title,
    f.message,
    CAST(f.amount AS DECIMAL(28, {{decimals}})) AS amount,
    f.evidence,
    f.transactions,
    f.fingerprint,
    f.analysis_run_id,
    f.ledger_snapshot
FROM lake.findings AS f
SEMI JOIN current_runs AS c
    ON c.organization_id = f.organization_id AND c.analyzer = f.analyzer AND c.month = f.month
    AND c.run_id = f.analysis_run_id
JOIN organizations AS o ON o.id = f.organization_id;

CREATE TEMP VIEW rejected_rows AS
SELECT r.load_id, o.slug AS organization, r.row_number, r.column_name, r.value, r.rule, r.message
FROM lake.row_issues AS r
SEMI JOIN load_attempts AS a ON a.load_id = r.load_id AND a.attempts = r.attempt
JOIN organizations AS o ON o.id = r.organization_id
WHERE r.kind = 'rejected';
