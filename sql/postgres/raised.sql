-- What `raise_alerts` reads: findings, one an alert, in the order of the columns in which they are copied; and the months
-- analysed. Evidence arrives as text: COPY's binary form has no jsonb that DuckDB writes.
CREATE TEMP TABLE raised (
    organization_id UUID,
    analyzer TEXT,
    fingerprint TEXT,
    severity SMALLINT,
    title TEXT,
    message TEXT,
    subject TEXT,
    amount NUMERIC(28, 4),
    month DATE,
    evidence TEXT,
    transactions UUID[],
    analysis_run_id UUID,
    ledger_snapshot BIGINT
) ON COMMIT DROP;
CREATE TEMP TABLE raised_scope (organization_id UUID, first_month DATE, last_month DATE) ON COMMIT DROP
