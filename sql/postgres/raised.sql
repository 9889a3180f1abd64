-- What `raise_alerts` reads: findings, one an alert, in the order of the columns in which they are copied; and the months
-- analysed. Evidence arrives as text: COPY's binary form has no jsonb that DuckDB writes.
CREATE TEMP TABLE raised (
    organization_id uuid,
    analyzer        text,
    fingerprint     text,
    severity        smallint,
    title           text,
    message         text,
    subject         text,
    amount          numeric(28, 4),
    month           date,
    evidence        text,
    transactions    uuid[],
    analysis_run_id uuid,
    ledger_snapshot bigint
) ON COMMIT DROP;
CREATE TEMP TABLE raised_scope (organization_id uuid, first_month date, last_month date) ON COMMIT DROP
