-- What is staged as a finding.
SELECT severity, amount, evidence, transactions
FROM (
    {{findings_sql}}
) AS f
