-- The staged findings with all their texts, but for what tells one run from another.
SELECT * EXCLUDE (analysis_run_id, ledger_snapshot)
FROM (
    {{findings_sql}}
) AS f
