-- What an operator looks at: when files are due, which rejected and failed loads somebody closed, since when an alert is open,
-- when the audit chains were walked.
ALTER TABLE organizations
ADD COLUMN delivers TEXT,
ADD COLUMN delivers_since DATE,
ADD CONSTRAINT organizations_delivers CHECK (
    delivers ~ '^(daily|workdays|weekly (mon|tues|wednes|thurs|fri|satur|sun)day|monthly ([1-9]|[12][0-9]|3[01]))$'
),
ADD CONSTRAINT organizations_delivers_since CHECK ((delivers IS NULL) = (delivers_since IS NULL));
COMMENT ON COLUMN organizations.delivers IS 'when files are due, see model.cadence';
COMMENT ON COLUMN organizations.delivers_since IS 'the day on which that was said';

ALTER TABLE loads
ADD COLUMN closed_by TEXT,
ADD COLUMN closed_at TIMESTAMP WITH TIME ZONE,
ADD COLUMN closed_note TEXT,
ADD CONSTRAINT loads_closed CHECK ((closed_by IS NULL) = (closed_at IS NULL)),
ADD CONSTRAINT loads_closed_status CHECK (closed_at IS NULL OR status IN ('REJECTED', 'FAILED')),
ADD CONSTRAINT loads_closed_note CHECK (closed_note IS NULL OR closed_at IS NOT NULL);
COMMENT ON COLUMN loads.closed_by IS 'who said that nothing more is to be done about a rejected or failed load';
CREATE INDEX loads_unsolved ON loads (received_at, id)
WHERE status IN ('REJECTED', 'FAILED') AND closed_at IS NULL;

ALTER TABLE alerts ADD COLUMN reopened_at TIMESTAMP WITH TIME ZONE;
COMMENT ON COLUMN alerts.reopened_at IS 'when it was opened again; it has been open since then, else since first_seen';

CREATE TABLE audit_verifications (
    id BIGINT NOT NULL GENERATED ALWAYS AS IDENTITY,
    verified_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
    verified_by TEXT NOT NULL,
    events BIGINT,
    chains INTEGER,
    problem TEXT,
    CONSTRAINT audit_verifications_pkey PRIMARY KEY (id),
    CONSTRAINT audit_verifications_events CHECK ((problem IS NULL) = (events IS NOT NULL)),
    CONSTRAINT audit_verifications_chains CHECK ((problem IS NULL) = (chains IS NOT NULL))
);
COMMENT ON TABLE audit_verifications IS 'each time that the audit chains were walked, and what was found';
COMMENT ON COLUMN audit_verifications.events IS 'of all chains, if all are whole';
COMMENT ON COLUMN audit_verifications.chains IS 'how many are whole, if all are';
COMMENT ON COLUMN audit_verifications.problem IS 'the first misfit; none: every chain was whole';
