-- Cases: what was in the list of a month, or acted on, is kept here; the lake has all that were ranked.
CREATE TABLE case_counters (
    organization_id UUID NOT NULL,
    last_number INTEGER NOT NULL,
    CONSTRAINT case_counters_pkey PRIMARY KEY (organization_id),
    CONSTRAINT case_counters_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id)
);

CREATE TABLE cases (
    organization_id UUID NOT NULL,
    number INTEGER NOT NULL,
    id UUID NOT NULL,
    month DATE NOT NULL,
    subject TEXT NOT NULL,
    name TEXT NOT NULL,
    rank INTEGER NOT NULL,
    score INTEGER NOT NULL,
    stake NUMERIC(28, 4) NOT NULL,
    kinds TEXT[] NOT NULL,
    signals JSONB NOT NULL,
    transactions UUID[] NOT NULL,
    score_version INTEGER NOT NULL,
    judged_as TEXT,
    judged_in INTEGER,
    listed BOOLEAN NOT NULL,
    analysis_run_id UUID,
    status TEXT NOT NULL DEFAULT 'OPEN',
    snoozed_until DATE,
    assignee TEXT,
    acknowledged_by TEXT,
    acknowledged_at TIMESTAMP WITH TIME ZONE,
    resolved_by TEXT,
    resolved_at TIMESTAMP WITH TIME ZONE,
    outcome TEXT,
    note TEXT,
    first_listed TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
    version INTEGER NOT NULL DEFAULT 1,
    CONSTRAINT cases_pkey PRIMARY KEY (organization_id, number),
    CONSTRAINT cases_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
    CONSTRAINT cases_id_key UNIQUE (id),
    CONSTRAINT cases_organization_id_month_subject_score_version_key
    UNIQUE (organization_id, month, subject, score_version),
    CONSTRAINT cases_number CHECK (number > 0),
    CONSTRAINT cases_rank CHECK (rank > 0),
    CONSTRAINT cases_status CHECK (status IN ('OPEN', 'ACKNOWLEDGED', 'RESOLVED')),
    CONSTRAINT cases_outcome CHECK (outcome IN ('fixed', 'false_positive', 'accepted')),
    CONSTRAINT cases_resolved CHECK ((status = 'RESOLVED') = (outcome IS NOT NULL)),
    CONSTRAINT cases_resolved_at CHECK ((status = 'RESOLVED') = (resolved_at IS NOT NULL)),
    CONSTRAINT cases_acknowledged CHECK ((acknowledged_by IS NULL) = (acknowledged_at IS NULL)),
    CONSTRAINT cases_snoozed CHECK (status <> 'RESOLVED' OR snoozed_until IS NULL)
);
COMMENT ON TABLE cases IS 'what people work on: all signals about one subject in one month, see model.case';
COMMENT ON COLUMN cases.subject IS 'key of the vendor, or what else it is about';
COMMENT ON COLUMN cases.signals IS 'as model.case.CaseSignal has them';
COMMENT ON COLUMN cases.listed IS 'whether it is in the list of its month now';
COMMENT ON COLUMN cases.judged_in IS 'number of the earlier case for which it counts less';
CREATE INDEX cases_ranked ON cases (score DESC, month DESC, rank, organization_id, number) WHERE status <> 'RESOLVED';
CREATE INDEX cases_of_month ON cases (organization_id, month, rank);
CREATE INDEX cases_of_subject ON cases (organization_id, subject, month);
