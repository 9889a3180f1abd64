-- What was told to which destination of notifications.toml, so that it is told once.
CREATE TABLE notified_alerts (
    destination TEXT NOT NULL,
    organization_id UUID NOT NULL REFERENCES organizations (id),
    numbers INT4MULTIRANGE NOT NULL,
    notified_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
    CONSTRAINT notified_alerts_pkey PRIMARY KEY (destination, organization_id),
    CONSTRAINT notified_alerts_destination CHECK (destination ~ '^[a-z0-9][a-z0-9-]{0,62}$')
);
COMMENT ON TABLE notified_alerts IS 'which alerts each destination was told of';
COMMENT ON COLUMN notified_alerts.numbers IS 'numbers of alerts; half a million in a row are one range';
COMMENT ON COLUMN notified_alerts.notified_at IS 'the last time';

CREATE TABLE notified_problems (
    destination TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    state TEXT NOT NULL,
    notified_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
    CONSTRAINT notified_problems_pkey PRIMARY KEY (destination, kind, subject),
    CONSTRAINT notified_problems_destination CHECK (destination ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    CONSTRAINT notified_problems_kind CHECK (kind IN ('failed', 'rejected', 'overdue'))
);
COMMENT ON TABLE notified_problems IS 'which problems that still stand each destination was told of';
COMMENT ON COLUMN notified_problems.subject IS 'load or analysis, and its id';
COMMENT ON COLUMN notified_problems.state IS 'what it was like when it was told; another state is told again';
