-- For each alert's fingerprint the finding of its latest month, where that lies in the months analysed; and, of the
-- fingerprints asked for, the latest whatever its month.
SELECT organization_id, analyzer, fingerprint, severity, title, message, subject, amount, month, evidence,
       '{' || array_to_string(transactions, ',') || '}' AS transactions, analysis_run_id, ledger_snapshot
FROM lake.findings
WHERE analyzer = $analyzer
  AND organization_id IN (SELECT organization_id FROM scope)
QUALIFY row_number() OVER (PARTITION BY organization_id, fingerprint ORDER BY month DESC) = 1
    AND (month BETWEEN $first AND $last OR fingerprint IN (SELECT unnest($fingerprints)))
