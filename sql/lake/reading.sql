-- What people may read of the lake, under the names they know. `organizations` was copied in (reading_organizations).
CREATE TEMP VIEW ledger AS
SELECT
    transaction_id(t.load_id, t.row_number) AS transaction_id,
    o.slug AS organization,
    t.date,
    strftime(t.month, '%Y-%m') AS month,
    t.vendor,
    t.vendor_key,
    t.amount,
    t.type,
    t.category,
    t.description,
    t.currency,
    t.external_id,
    t.account,
    t.load_id,
    t.row_number
FROM lake.transactions AS t
JOIN organizations AS o ON o.id = t.organization_id;

CREATE TEMP VIEW findings AS
SELECT
    f.analyzer,
    o.slug AS organization,
    strftime(f.month, '%Y-%m') AS month,
    CASE f.severity WHEN 3 THEN 'HIGH' WHEN 2 THEN 'MEDIUM' ELSE 'LOW' END AS severity,
    f.subject,
    f.title,
    f.message,
    f.amount,
    f.evidence,
    f.transactions,
    f.fingerprint,
    f.analysis_run_id,
    f.ledger_snapshot
FROM lake.findings AS f
JOIN organizations AS o ON o.id = f.organization_id;

CREATE TEMP VIEW rejected_rows AS
SELECT r.load_id, o.slug AS organization, r.row_number, r.column_name, r.value, r.rule, r.message
FROM lake.rejected_rows AS r
JOIN organizations AS o ON o.id = r.organization_id;
