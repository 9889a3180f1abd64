-- The tables that people and runs change. DuckLake's catalog and Dagster's storage live in schemas of their own.

CREATE TABLE organizations (
    id                 uuid PRIMARY KEY,
    slug               text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    name               text NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 255),
    currency           text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    opening_balance    numeric(18, 2),
    opening_date       date,
    revenue_categories text[] NOT NULL,
    created_at         timestamptz NOT NULL DEFAULT now(),
    CHECK ((opening_balance IS NULL) = (opening_date IS NULL))
);

-- One row a file and organization, for ever. `worker` is the advisory lock of the process that imports it: free lock, dead worker.
CREATE TABLE loads (
    id              uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organizations,
    sha256          text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    file            text NOT NULL,
    bytes           bigint NOT NULL CHECK (bytes >= 0),
    status          text NOT NULL CHECK (status IN ('RECEIVED', 'ACCEPTED', 'REJECTED')),
    on_invalid      text NOT NULL CHECK (on_invalid IN ('reject', 'quarantine')),
    profile         jsonb,                        -- null: the one that fits the header
    worker          bigint,
    received_at     timestamptz NOT NULL DEFAULT now(),
    finished_at     timestamptz,
    rows            bigint,
    accepted        bigint,
    rejected        bigint,
    skipped         bigint,
    blank           bigint,
    expense         numeric(24, 2),
    income          numeric(24, 2),
    refund          numeric(24, 2),
    months          date[],
    rules           jsonb,
    reason          text,
    UNIQUE (organization_id, sha256),
    CHECK ((status = 'RECEIVED') = (finished_at IS NULL)),
    CHECK (status <> 'ACCEPTED' OR rows = accepted + rejected + skipped + blank),
    CHECK (status <> 'REJECTED' OR reason IS NOT NULL)
);
CREATE INDEX loads_received ON loads (received_at) WHERE status = 'RECEIVED';
CREATE INDEX loads_newest ON loads (received_at DESC, id);

-- Months whose ledger changed since they were last analysed. `seq` lets a run remove what it saw and nothing newer.
CREATE TABLE months_due (
    seq             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organizations,
    month           date NOT NULL CHECK (extract(day FROM month) = 1)
);
CREATE INDEX months_due_month ON months_due (month);

CREATE TABLE analyzer_parameters (
    organization_id uuid NOT NULL REFERENCES organizations,
    analyzer        text NOT NULL,
    parameters      jsonb NOT NULL,
    PRIMARY KEY (organization_id, analyzer)
);

CREATE TABLE analysis_runs (
    id              uuid PRIMARY KEY,
    analyzer        text NOT NULL,
    version         integer NOT NULL,
    first_month     date NOT NULL,
    last_month      date NOT NULL CHECK (last_month >= first_month),
    organizations   text[],                       -- null: all of them
    parameters      jsonb NOT NULL,               -- defaults, and what organizations set themselves
    status          text NOT NULL CHECK (status IN ('PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED')),
    dagster_run_id  text,
    ledger_snapshot bigint,
    findings        bigint,
    alerts_raised   bigint,
    not_enough_data jsonb,
    error           text,
    created_at      timestamptz NOT NULL DEFAULT now(),
    started_at      timestamptz,
    finished_at     timestamptz,
    CHECK ((status = 'SUCCEEDED') = (findings IS NOT NULL)),
    CHECK ((status = 'SUCCEEDED') = (not_enough_data IS NOT NULL)),
    CHECK ((status = 'FAILED') = (error IS NOT NULL)),
    CHECK (alerts_raised IS NULL OR status = 'SUCCEEDED'),
    CHECK ((status IN ('SUCCEEDED', 'FAILED')) = (finished_at IS NOT NULL))
);
CREATE INDEX analysis_runs_newest ON analysis_runs (created_at DESC, id);

CREATE TABLE alerts (
    id              uuid PRIMARY KEY,
    number          bigint NOT NULL UNIQUE CHECK (number > 0),
    organization_id uuid NOT NULL REFERENCES organizations,
    analyzer        text NOT NULL,
    fingerprint     text NOT NULL,
    severity        smallint NOT NULL CHECK (severity BETWEEN 1 AND 3),   -- 1 LOW, 2 MEDIUM, 3 HIGH: sorts as people rank
    status          text NOT NULL CHECK (status IN ('OPEN', 'ACKNOWLEDGED', 'RESOLVED')),
    title           text NOT NULL,
    message         text NOT NULL,
    subject         text NOT NULL,
    amount          numeric(24, 2) NOT NULL,
    month           date NOT NULL,
    evidence        jsonb NOT NULL,
    transactions    uuid[] NOT NULL,
    analysis_run_id uuid REFERENCES analysis_runs,
    ledger_snapshot bigint,
    regressed       boolean NOT NULL DEFAULT false,
    first_seen      timestamptz NOT NULL DEFAULT now(),
    last_seen       timestamptz NOT NULL DEFAULT now(),
    assignee        text,
    acknowledged_by text,
    acknowledged_at timestamptz,
    resolved_by     text,
    resolved_at     timestamptz,
    outcome         text CHECK (outcome IN ('fixed', 'false_positive', 'accepted', 'no_longer_holds')),
    note            text,
    version         integer NOT NULL DEFAULT 1,
    UNIQUE (organization_id, fingerprint),
    CHECK ((status = 'RESOLVED') = (outcome IS NOT NULL)),
    CHECK ((status = 'RESOLVED') = (resolved_at IS NOT NULL)),
    CHECK ((acknowledged_by IS NULL) = (acknowledged_at IS NULL)),
    CHECK (status <> 'ACKNOWLEDGED' OR acknowledged_at IS NOT NULL)
);
CREATE INDEX alerts_open_ranked ON alerts (severity DESC, amount DESC, number) WHERE status <> 'RESOLVED';
CREATE INDEX alerts_of_month ON alerts (analyzer, month);

CREATE TABLE audit_events (
    seq           bigint PRIMARY KEY CHECK (seq > 0),
    event_type    text NOT NULL,
    actor         text NOT NULL CHECK (actor <> ''),
    organization  text,
    subject       text NOT NULL,
    created_at    timestamptz NOT NULL,
    metadata      jsonb NOT NULL,
    previous_hash text NOT NULL CHECK (previous_hash ~ '^[0-9a-f]{64}$'),
    hash          text NOT NULL UNIQUE CHECK (hash ~ '^[0-9a-f]{64}$')
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only: % of % is refused', TG_OP, TG_TABLE_NAME;
END
$$;
CREATE TRIGGER audit_events_no_change BEFORE UPDATE OR DELETE ON audit_events
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_events_no_truncate BEFORE TRUNCATE ON audit_events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
