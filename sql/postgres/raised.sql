-- What `raise_alerts` reads: findings that are new or say something else, one an alert, in the order of the columns in which
-- they are copied; and the alerts that stand without a finding. Evidence arrives as text: COPY's binary form has no jsonb that
-- DuckDB writes.
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
    ledger_snapshot BIGINT,
    content UUID,
    vendor_key TEXT
) ON COMMIT DROP;
CREATE TEMP TABLE unfounded (organization_id UUID, number INTEGER) ON COMMIT DROP
