-- Every tenant's row says whose it is: work items with leases, runs with a row per organization, alerts numbered and audit
-- events chained per organization, amounts with up to four decimals. The tables are made anew beside the old ones, which
-- step aside into a schema of their own; rows are carried over at the end. The audit log so far stays what it is, as a
-- closed chain of its own in its own canonical form; the installation's chain begins by recording that chain's head.

CREATE SCHEMA ledgerwatch_0001;
ALTER TABLE organizations SET SCHEMA ledgerwatch_0001;
ALTER TABLE loads SET SCHEMA ledgerwatch_0001;
ALTER TABLE months_due SET SCHEMA ledgerwatch_0001;
ALTER TABLE analyzer_parameters SET SCHEMA ledgerwatch_0001;
ALTER TABLE analysis_runs SET SCHEMA ledgerwatch_0001;
ALTER TABLE alerts SET SCHEMA ledgerwatch_0001;
ALTER TABLE audit_events SET SCHEMA ledgerwatch_0001;
DROP FUNCTION refuse_change() CASCADE;

CREATE TABLE organizations (
    id UUID NOT NULL,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    currency TEXT NOT NULL,
    currency_decimals SMALLINT NOT NULL,
    opening_balance NUMERIC(18, 4),
    opening_date DATE,
    revenue_categories TEXT[] NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT organizations_pkey PRIMARY KEY (id),
    CONSTRAINT organizations_slug CHECK (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    CONSTRAINT organizations_name CHECK (length(name) BETWEEN 1 AND 255),
    CONSTRAINT organizations_currency CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT organizations_currency_decimals CHECK (currency_decimals BETWEEN 0 AND 4),
    CONSTRAINT organizations_opening CHECK ((opening_balance IS NULL) = (opening_date IS NULL)),
    CONSTRAINT organizations_slug_key UNIQUE (slug),
    CONSTRAINT organizations_name_key UNIQUE (name)
);
COMMENT ON COLUMN organizations.currency_decimals IS 'ISO 4217''s minor units';
CREATE TABLE analysis_runs (
    id UUID NOT NULL,
    analyzer TEXT NOT NULL,
    version INTEGER NOT NULL,
    first_month DATE NOT NULL,
    last_month DATE NOT NULL,
    status TEXT NOT NULL,
    dagster_run_id TEXT,
    ledger_snapshot BIGINT,
    findings BIGINT,
    alerts_raised BIGINT,
    worker INTEGER,
    error TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE,
    finished_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT analysis_runs_pkey PRIMARY KEY (id),
    CONSTRAINT analysis_runs_order CHECK (last_month >= first_month),
    CONSTRAINT analysis_runs_status CHECK (status IN ('PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED')),
    CONSTRAINT analysis_runs_snapshot CHECK ((status = 'SUCCEEDED') = (ledger_snapshot IS NOT NULL)),
    CONSTRAINT analysis_runs_findings CHECK ((status = 'SUCCEEDED') = (findings IS NOT NULL)),
    CONSTRAINT analysis_runs_alerts_raised CHECK (alerts_raised IS NULL OR status = 'SUCCEEDED'),
    CONSTRAINT analysis_runs_error CHECK ((status = 'FAILED') = (error IS NOT NULL)),
    CONSTRAINT analysis_runs_finished CHECK ((status IN ('SUCCEEDED', 'FAILED')) = (finished_at IS NOT NULL))
);
CREATE INDEX analysis_runs_recent ON analysis_runs (created_at DESC, id);
COMMENT ON TABLE analysis_runs IS
'one execution of an analyzer''s SQL, of as many organizations as analysis_run_results has rows';
COMMENT ON COLUMN analysis_runs.findings IS 'of all its organizations';
COMMENT ON COLUMN analysis_runs.alerts_raised IS 'of all its organizations';
COMMENT ON COLUMN analysis_runs.worker IS 'key of the worker that runs it: its advisory lock is free once it is dead';
CREATE TABLE audit_heads (
    chain_id UUID NOT NULL,
    seq BIGINT NOT NULL,
    hash TEXT NOT NULL,
    CONSTRAINT audit_heads_pkey PRIMARY KEY (chain_id)
);
COMMENT ON TABLE audit_heads IS 'the end of each chain, moved by trigger; who appends locks its row';
CREATE TABLE loads (
    id UUID NOT NULL,
    organization_id UUID NOT NULL,
    sha256 TEXT NOT NULL,
    file TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    status TEXT NOT NULL,
    on_invalid TEXT NOT NULL,
    profile JSONB,
    received_by TEXT NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    worker INTEGER,
    attempts INTEGER DEFAULT 0 NOT NULL,
    deaths INTEGER DEFAULT 0 NOT NULL,
    error TEXT,
    finished_at TIMESTAMP WITH TIME ZONE,
    rows BIGINT,
    accepted BIGINT,
    rejected BIGINT,
    skipped BIGINT,
    blank BIGINT,
    expense NUMERIC(28, 4),
    income NUMERIC(28, 4),
    refund NUMERIC(28, 4),
    months DATE[],
    rules JSONB,
    reason TEXT,
    decided_with JSONB,
    CONSTRAINT loads_pkey PRIMARY KEY (id),
    CONSTRAINT loads_organization_id_sha256_key UNIQUE (organization_id, sha256),
    CONSTRAINT loads_sha256 CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    CONSTRAINT loads_bytes CHECK (bytes >= 0),
    CONSTRAINT loads_status CHECK (status IN ('RECEIVED', 'ACCEPTED', 'REJECTED', 'FAILED')),
    CONSTRAINT loads_on_invalid CHECK (on_invalid IN ('reject', 'quarantine')),
    CONSTRAINT loads_finished CHECK ((status IN ('ACCEPTED', 'REJECTED')) = (finished_at IS NOT NULL)),
    CONSTRAINT loads_error CHECK ((status = 'FAILED') = (error IS NOT NULL)),
    CONSTRAINT loads_leased CHECK (worker IS NULL OR status = 'RECEIVED'),
    CONSTRAINT loads_counts CHECK (status <> 'ACCEPTED' OR rows = accepted + rejected + skipped + blank),
    CONSTRAINT loads_reason CHECK (status <> 'REJECTED' OR reason IS NOT NULL),
    CONSTRAINT loads_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id)
);
CREATE INDEX loads_of_organization ON loads (organization_id, received_at DESC, id);
CREATE INDEX loads_waiting ON loads (received_at, file, id) WHERE status = 'RECEIVED';
CREATE INDEX loads_recent ON loads (received_at DESC, id);
COMMENT ON COLUMN loads.profile IS 'as named at delivery; null: the one that fits the header';
COMMENT ON COLUMN loads.worker IS 'key of the worker that leases it: its advisory lock is free once it is dead';
COMMENT ON COLUMN loads.attempts IS 'leases so far: the fencing number';
COMMENT ON COLUMN loads.deaths IS 'workers that died with it, in a row';
COMMENT ON COLUMN loads.error IS 'why it is FAILED: of the installation, not of the file';
COMMENT ON COLUMN loads.rules IS 'broken rule: number of rows';
COMMENT ON COLUMN loads.decided_with IS 'all that decided it, see model.load.DecidedWith';
CREATE TABLE analysis_work (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    organization_id UUID NOT NULL,
    analyzer TEXT NOT NULL,
    first_month DATE NOT NULL,
    last_month DATE NOT NULL,
    cause TEXT NOT NULL,
    requested_by TEXT NOT NULL,
    status TEXT DEFAULT 'PENDING' NOT NULL,
    worker INTEGER,
    attempts INTEGER DEFAULT 0 NOT NULL,
    deaths INTEGER DEFAULT 0 NOT NULL,
    error TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT analysis_work_pkey PRIMARY KEY (id),
    CONSTRAINT analysis_work_months CHECK (extract(DAY FROM first_month) = 1 AND extract(DAY FROM last_month) = 1),
    CONSTRAINT analysis_work_order CHECK (first_month <= last_month),
    CONSTRAINT analysis_work_cause CHECK (cause IN ('load', 'parameters', 'request', 'new', 'version')),
    CONSTRAINT analysis_work_status CHECK (status IN ('PENDING', 'FAILED')),
    CONSTRAINT analysis_work_error CHECK ((status = 'FAILED') = (error IS NOT NULL)),
    CONSTRAINT analysis_work_leased CHECK (worker IS NULL OR status = 'PENDING'),
    CONSTRAINT analysis_work_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id)
);
CREATE INDEX analysis_work_of_organization ON analysis_work (organization_id, analyzer, first_month);
COMMENT ON COLUMN analysis_work.worker IS 'key of the worker that leases it: its advisory lock is free once it is dead';
COMMENT ON COLUMN analysis_work.attempts IS 'leases so far: the fencing number';
COMMENT ON COLUMN analysis_work.deaths IS 'workers that died with it, in a row';
CREATE TABLE analyzer_parameters (
    organization_id UUID NOT NULL,
    analyzer TEXT NOT NULL,
    parameters JSONB NOT NULL,
    CONSTRAINT analyzer_parameters_pkey PRIMARY KEY (organization_id, analyzer),
    CONSTRAINT analyzer_parameters_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id)
);
COMMENT ON COLUMN analyzer_parameters.parameters IS 'parameter: what the organization sets instead of the default';
CREATE TABLE analysis_run_results (
    run_id UUID NOT NULL,
    organization_id UUID NOT NULL,
    first_month DATE NOT NULL,
    last_month DATE NOT NULL,
    parameters JSONB NOT NULL,
    outcome TEXT NOT NULL,
    findings BIGINT,
    alerts_raised BIGINT,
    insufficient JSONB NOT NULL,
    CONSTRAINT analysis_run_results_pkey PRIMARY KEY (run_id, organization_id, first_month),
    CONSTRAINT analysis_run_results_outcome CHECK (
        outcome IN ('PENDING', 'ANALYSED', 'INSUFFICIENT_DATA', 'FAILED', 'NOT_RECORDED')
    ),
    CONSTRAINT analysis_run_results_findings CHECK ((outcome IN ('ANALYSED', 'INSUFFICIENT_DATA')) = (findings IS NOT NULL)),
    CONSTRAINT analysis_run_results_alerts_raised CHECK (alerts_raised IS NULL OR findings IS NOT NULL),
    CONSTRAINT analysis_run_results_run_id_fkey FOREIGN KEY (run_id) REFERENCES analysis_runs (id),
    CONSTRAINT analysis_run_results_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id)
);
CREATE INDEX analysis_run_results_of_organization ON analysis_run_results (organization_id, run_id);
COMMENT ON COLUMN analysis_run_results.parameters IS 'every parameter''s value as used';
COMMENT ON COLUMN analysis_run_results.insufficient IS '[{reason, first, last}], months as YYYY-MM';
CREATE TABLE current_runs (
    organization_id UUID NOT NULL,
    analyzer TEXT NOT NULL,
    month DATE NOT NULL,
    run_id UUID NOT NULL,
    version INTEGER NOT NULL,
    findings INTEGER NOT NULL,
    CONSTRAINT current_runs_pkey PRIMARY KEY (organization_id, analyzer, month),
    CONSTRAINT current_runs_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id)
);
CREATE INDEX current_runs_of_run ON current_runs (run_id);
COMMENT ON TABLE current_runs IS
'which run''s findings hold for an analyzer and month; the lake keeps those of others until maintenance';
CREATE TABLE alert_counters (
    organization_id UUID NOT NULL,
    last_number INTEGER NOT NULL,
    CONSTRAINT alert_counters_pkey PRIMARY KEY (organization_id),
    CONSTRAINT alert_counters_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id)
);
CREATE TABLE alerts (
    organization_id UUID NOT NULL,
    number INTEGER NOT NULL,
    id UUID NOT NULL,
    analyzer TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    severity SMALLINT NOT NULL,
    status TEXT NOT NULL,
    title TEXT NOT NULL,
    message TEXT NOT NULL,
    subject TEXT NOT NULL,
    amount NUMERIC(28, 4) NOT NULL,
    month DATE NOT NULL,
    evidence JSONB NOT NULL,
    transactions UUID[] NOT NULL,
    analysis_run_id UUID,
    ledger_snapshot BIGINT,
    regressed BOOLEAN DEFAULT false NOT NULL,
    first_seen TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    last_seen TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    assignee TEXT,
    acknowledged_by TEXT,
    acknowledged_at TIMESTAMP WITH TIME ZONE,
    resolved_by TEXT,
    resolved_at TIMESTAMP WITH TIME ZONE,
    outcome TEXT,
    note TEXT,
    version INTEGER DEFAULT 1 NOT NULL,
    rank_key BIGINT GENERATED ALWAYS AS (
        -(severity * 100000000000000000::BIGINT + least(trunc(abs(amount) * 100), 99999999999999999)::BIGINT)
    ) STORED NOT NULL,
    CONSTRAINT alerts_pkey PRIMARY KEY (organization_id, number),
    CONSTRAINT alerts_organization_id_fingerprint_key UNIQUE (organization_id, fingerprint),
    CONSTRAINT alerts_number CHECK (number > 0),
    CONSTRAINT alerts_severity CHECK (severity BETWEEN 1 AND 3),
    CONSTRAINT alerts_status CHECK (status IN ('OPEN', 'ACKNOWLEDGED', 'RESOLVED')),
    CONSTRAINT alerts_outcome CHECK (outcome IN ('fixed', 'false_positive', 'accepted', 'no_longer_holds')),
    CONSTRAINT alerts_resolved CHECK ((status = 'RESOLVED') = (outcome IS NOT NULL)),
    CONSTRAINT alerts_resolved_at CHECK ((status = 'RESOLVED') = (resolved_at IS NOT NULL)),
    CONSTRAINT alerts_acknowledged CHECK ((acknowledged_by IS NULL) = (acknowledged_at IS NULL)),
    CONSTRAINT alerts_acknowledged_at CHECK (status <> 'ACKNOWLEDGED' OR acknowledged_at IS NOT NULL),
    CONSTRAINT alerts_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
    CONSTRAINT alerts_id_key UNIQUE (id)
);
CREATE INDEX alerts_open_ranked ON alerts (rank_key, organization_id, number) WHERE status <> 'RESOLVED';
CREATE INDEX alerts_of_month ON alerts (organization_id, analyzer, month);
CREATE INDEX alerts_open_of_organization ON alerts (organization_id, rank_key, number) WHERE status <> 'RESOLVED';
COMMENT ON COLUMN alerts.severity IS '1 LOW, 2 MEDIUM, 3 HIGH: sorts as people rank';
COMMENT ON COLUMN alerts.rank_key IS 'ascending order of severity, then amount: one index serves list and page';
CREATE TABLE audit_events (
    chain_id UUID NOT NULL,
    seq BIGINT NOT NULL,
    organization_id UUID,
    event_type TEXT NOT NULL,
    actor TEXT NOT NULL,
    subject_type TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    metadata JSONB NOT NULL,
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL,
    form SMALLINT DEFAULT 2 NOT NULL,
    form1_subject TEXT,
    CONSTRAINT audit_events_pkey PRIMARY KEY (chain_id, seq),
    CONSTRAINT audit_events_seq CHECK (seq > 0),
    CONSTRAINT audit_events_actor CHECK (actor <> ''),
    CONSTRAINT audit_events_previous_hash CHECK (previous_hash ~ '^[0-9a-f]{64}$'),
    CONSTRAINT audit_events_hash CHECK (hash ~ '^[0-9a-f]{64}$'),
    CONSTRAINT audit_events_form CHECK (form IN (1, 2)),
    CONSTRAINT audit_events_form1 CHECK ((form = 1) = (form1_subject IS NOT NULL)),
    CONSTRAINT audit_events_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
    CONSTRAINT audit_events_hash_key UNIQUE (hash)
);
CREATE INDEX audit_events_of_organization ON audit_events (organization_id, created_at DESC, chain_id, seq DESC);
CREATE INDEX audit_events_of_subject ON audit_events (subject_type, subject_id, created_at);
CREATE INDEX audit_events_recent ON audit_events (created_at DESC, chain_id, seq DESC);
COMMENT ON COLUMN audit_events.chain_id IS 'the organization''s id, or one of model.audit''s chains';
COMMENT ON COLUMN audit_events.form IS 'canonical form it is hashed in';
COMMENT ON COLUMN audit_events.form1_subject IS 'the subject as form 1 hashed it';

INSERT INTO organizations (
    id, slug, name, currency, currency_decimals, opening_balance, opening_date, revenue_categories, created_at
)
SELECT
    o.id,
    o.slug,
    o.name,
    o.currency,
    coalesce(c.decimals, 2),
    o.opening_balance,
    o.opening_date,
    o.revenue_categories,
    o.created_at
FROM ledgerwatch_0001.organizations AS o
LEFT JOIN currency_decimals AS c ON c.currency = o.currency;

-- Who received a load is in the audit log; the last time counts, as a rejected file may be delivered again.
INSERT INTO loads (
    id, organization_id, sha256, file, bytes, status, on_invalid, profile, received_by, received_at, finished_at,
    rows, accepted, rejected, skipped, blank, expense, income, refund, months, rules, reason
)
SELECT
    l.id, l.organization_id, l.sha256, l.file, l.bytes, l.status, l.on_invalid, nullif(l.profile, 'null'::JSONB),
    coalesce(r.actor, 'unknown'), l.received_at, l.finished_at, l.rows, l.accepted, l.rejected, l.skipped, l.blank,
    l.expense, l.income, l.refund, l.months, nullif(l.rules, 'null'::JSONB), l.reason
FROM ledgerwatch_0001.loads AS l
LEFT JOIN (
    SELECT DISTINCT ON (subject) subject, actor
    FROM ledgerwatch_0001.audit_events
    WHERE event_type = 'LOAD_RECEIVED'
    ORDER BY subject ASC, seq DESC
) AS r ON r.subject = l.id::TEXT;

INSERT INTO analyzer_parameters (organization_id, analyzer, parameters)
SELECT organization_id, analyzer, parameters FROM ledgerwatch_0001.analyzer_parameters;

INSERT INTO analysis_runs (
    id, analyzer, version, first_month, last_month, status, dagster_run_id, ledger_snapshot, findings,
    alerts_raised, error, created_at, started_at, finished_at
)
SELECT
    id, analyzer, version, first_month, last_month,
    CASE WHEN status IN ('PENDING', 'RUNNING') THEN 'FAILED' ELSE status END, dagster_run_id, ledger_snapshot,
    findings, alerts_raised,
    CASE WHEN status IN ('PENDING', 'RUNNING') THEN 'it was not finished when LedgerWatch was updated' ELSE error END,
    created_at, started_at,
    CASE WHEN status IN ('PENDING', 'RUNNING') THEN now() ELSE finished_at END
FROM ledgerwatch_0001.analysis_runs;

-- What a run of several organizations found for each was not kept.
INSERT INTO analysis_run_results (
    run_id, organization_id, first_month, last_month, parameters, outcome, findings, alerts_raised, insufficient
)
SELECT
    r.id, o.id, r.first_month, r.last_month,
    coalesce(r.parameters -> 'default', '{}'::JSONB) || coalesce(r.parameters -> 'own' -> (o.id::TEXT), '{}'::JSONB),
    CASE
        WHEN r.status <> 'SUCCEEDED' THEN 'FAILED'
        WHEN poor.reason IS NOT NULL THEN 'INSUFFICIENT_DATA'
        WHEN alone.is_alone THEN 'ANALYSED'
        ELSE 'NOT_RECORDED'
    END,
    CASE
        WHEN r.status <> 'SUCCEEDED' THEN NULL
        WHEN poor.reason IS NOT NULL THEN 0
        WHEN alone.is_alone THEN r.findings
    END,
    CASE WHEN r.status = 'SUCCEEDED' AND poor.reason IS NULL AND alone.is_alone THEN r.alerts_raised END,
    CASE
        WHEN poor.reason IS NULL THEN '[]'::JSONB
        ELSE jsonb_build_array(jsonb_build_object(
                'reason', poor.reason, 'first', to_char(r.first_month, 'YYYY-MM'), 'last', to_char(r.last_month, 'YYYY-MM')
            ))
    END
FROM ledgerwatch_0001.analysis_runs AS r
JOIN ledgerwatch_0001.organizations AS o ON r.organizations IS NULL OR o.slug = ANY(r.organizations)
CROSS JOIN LATERAL (SELECT coalesce(cardinality(r.organizations) = 1, false) AS is_alone) AS alone
LEFT JOIN LATERAL (
    SELECT e ->> 'reason' AS reason
    FROM jsonb_array_elements(r.not_enough_data) AS e
    WHERE e ->> 'organization' = o.slug
    ORDER BY reason
    LIMIT 1
) AS poor ON true;

-- The last run that covered a month is the one whose findings hold. How many there are is the lake's to say, which counts
-- them when it is migrated.
INSERT INTO current_runs (organization_id, analyzer, month, run_id, version, findings)
SELECT DISTINCT ON (o.id, r.analyzer, m.month) o.id, r.analyzer, m.month::DATE, r.id, r.version, 0
FROM ledgerwatch_0001.analysis_runs AS r
JOIN ledgerwatch_0001.organizations AS o ON r.organizations IS NULL OR o.slug = ANY(r.organizations)
CROSS JOIN LATERAL generate_series(r.first_month, r.last_month, INTERVAL '1 month') AS m (month)
WHERE r.status = 'SUCCEEDED'
ORDER BY o.id ASC, r.analyzer ASC, m.month ASC, r.finished_at DESC;

-- Numbers of an organization follow the old ones, which counted over all organizations.
INSERT INTO alerts (
    organization_id, number, id, analyzer, fingerprint, severity, status, title, message, subject, amount, month,
    evidence, transactions, analysis_run_id, ledger_snapshot, regressed, first_seen, last_seen, assignee, acknowledged_by,
    acknowledged_at, resolved_by, resolved_at, outcome, note, version
)
SELECT
    organization_id, row_number() OVER (PARTITION BY organization_id ORDER BY number), id, analyzer, fingerprint, severity,
    status, title, message, subject, amount, month, evidence, transactions, analysis_run_id, ledger_snapshot, regressed,
    first_seen, last_seen, assignee, acknowledged_by, acknowledged_at, resolved_by, resolved_at, outcome, note, version
FROM ledgerwatch_0001.alerts;
INSERT INTO alert_counters (organization_id, last_number)
SELECT organization_id, max(number) FROM alerts GROUP BY organization_id;

-- Months that were due are work for every analyzer there was; what each reaches is planned when it is taken up.
INSERT INTO analysis_work (organization_id, analyzer, first_month, last_month, cause, requested_by)
SELECT d.organization_id, a.analyzer, min(d.month), greatest(max(d.month), max(m.last_month)), 'load', 'system'
FROM ledgerwatch_0001.months_due AS d
JOIN (
    SELECT l.organization_id, max(m) AS last_month
    FROM ledgerwatch_0001.loads AS l, unnest(l.months) AS m
    WHERE l.status = 'ACCEPTED'
    GROUP BY l.organization_id
) AS m USING (organization_id)
CROSS JOIN (VALUES ('large_transaction'), ('duplicate')) AS a (analyzer)
GROUP BY d.organization_id, a.analyzer;

INSERT INTO audit_events (
    chain_id, seq, organization_id, event_type, actor, subject_type, subject_id, created_at, metadata,
    previous_hash, hash, form, form1_subject
)
SELECT
    '00000000-0000-0000-0000-000000000001', e.seq, o.id, e.event_type, e.actor,
    CASE
        WHEN e.event_type LIKE 'ORGANIZATION%' THEN 'organization'
        WHEN e.event_type LIKE 'LOAD%' OR e.event_type = 'TRANSACTIONS_IMPORTED' THEN 'load'
        WHEN e.event_type = 'ANALYSIS_RUN' THEN 'run'
        WHEN e.event_type LIKE 'ALERT\_%' THEN 'alert'
        ELSE 'analyzer'
    END,
    coalesce(a.id::TEXT, e.subject), e.created_at, e.metadata, e.previous_hash, e.hash, 1, e.subject
FROM ledgerwatch_0001.audit_events AS e
LEFT JOIN ledgerwatch_0001.organizations AS o ON o.slug = e.organization
LEFT JOIN ledgerwatch_0001.alerts AS a ON e.subject = 'alert ' || a.number
ORDER BY e.seq;
INSERT INTO audit_heads (chain_id, seq, hash)
SELECT chain_id, seq, hash FROM audit_events ORDER BY seq DESC LIMIT 1;

DROP SCHEMA ledgerwatch_0001 CASCADE;

-- The audit log only grows, and only at the end of a chain: the end is a row that the insert itself moves.
CREATE FUNCTION refuse_change() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only: % of % is refused', TG_OP, TG_TABLE_NAME;
END
$$;

CREATE FUNCTION move_audit_head() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.seq = 1 AND NEW.previous_hash = repeat('0', 64) THEN
        INSERT INTO audit_heads (chain_id, seq, hash) VALUES (NEW.chain_id, 1, NEW.hash);
        RETURN NEW;
    END IF;
    UPDATE audit_heads SET seq = NEW.seq, hash = NEW.hash
    WHERE chain_id = NEW.chain_id AND seq = NEW.seq - 1 AND hash = NEW.previous_hash;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'audit event % of chain % does not follow its last one', NEW.seq, NEW.chain_id;
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER audit_events_no_change BEFORE UPDATE OR DELETE ON audit_events
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_events_no_truncate BEFORE TRUNCATE ON audit_events
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_events_at_the_end BEFORE INSERT ON audit_events
FOR EACH ROW EXECUTE FUNCTION move_audit_head();
