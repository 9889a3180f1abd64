-- Mutes: what nobody wants to see until a day. What a case was like when it was snoozed is kept, so that the snooze ends when
-- it gets worse.
CREATE TABLE mutes (
    organization_id UUID NOT NULL,
    number INTEGER NOT NULL,
    id UUID NOT NULL,
    analyzer TEXT,
    kinds TEXT[],
    vendor TEXT,
    vendor_key TEXT,
    until DATE NOT NULL,
    reason TEXT NOT NULL,
    up_to_severity SMALLINT,
    up_to_amount NUMERIC(28, 4),
    alert INTEGER,
    created_by TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
    ended_how TEXT,
    ended_by TEXT,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT mutes_pkey PRIMARY KEY (organization_id, number),
    CONSTRAINT mutes_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
    CONSTRAINT mutes_id_key UNIQUE (id),
    CONSTRAINT mutes_number CHECK (number > 0),
    CONSTRAINT mutes_kinds CHECK ((analyzer IS NULL) = (kinds IS NULL)),
    CONSTRAINT mutes_vendor CHECK ((vendor IS NULL) = (vendor_key IS NULL)),
    CONSTRAINT mutes_reason CHECK (length(reason) BETWEEN 1 AND 2000),
    CONSTRAINT mutes_up_to_severity CHECK (up_to_severity BETWEEN 1 AND 3),
    CONSTRAINT mutes_up_to_amount CHECK (up_to_amount > 0),
    CONSTRAINT mutes_ended_how CHECK (ended_how IN ('by_hand', 'expired', 'worse')),
    CONSTRAINT mutes_ended CHECK ((ended_how IS NULL) = (ended_at IS NULL) AND (ended_how IS NULL) = (ended_by IS NULL))
);
COMMENT ON TABLE mutes IS 'alerts and signals that nobody wants to see until a day, see model.mute';
COMMENT ON COLUMN mutes.analyzer IS 'the analyzer or kind of signals; null: all';
COMMENT ON COLUMN mutes.kinds IS 'the kinds of signals that it covers; null: all';
COMMENT ON COLUMN mutes.until IS 'the day on which it has expired';
COMMENT ON COLUMN mutes.up_to_severity IS 'an alert above it is not muted, and ends the mute';
COMMENT ON COLUMN mutes.alert IS 'number of the alert that it was made from';
CREATE INDEX mutes_of_target ON mutes (organization_id, coalesce(analyzer, ''), coalesce(vendor_key, ''))
WHERE ended_at IS NULL;

ALTER TABLE cases
ADD COLUMN snoozed_at TIMESTAMP WITH TIME ZONE,
ADD COLUMN snoozed_severity SMALLINT,
ADD COLUMN snoozed_amount NUMERIC(28, 4),
ADD COLUMN snoozed_stake NUMERIC(28, 4);
COMMENT ON COLUMN cases.snoozed_at IS 'when it was snoozed: an alert that came later ends it';
COMMENT ON COLUMN cases.snoozed_severity IS 'the highest of its unresolved alerts then, 0 without any: a higher one ends it';
COMMENT ON COLUMN cases.snoozed_amount IS 'the highest of its unresolved alerts then: a higher one ends it';
COMMENT ON COLUMN cases.snoozed_stake IS 'its stake then: a higher one ends it';

-- Cases that are snoozed already are held against what they are like now.
UPDATE cases AS c SET
    snoozed_at = now(), snoozed_stake = c.stake, snoozed_severity = now_like.severity, snoozed_amount = now_like.amount
FROM (
    SELECT c.organization_id, c.number, coalesce(max(a.severity), 0) AS severity, coalesce(max(a.amount), 0) AS amount
    FROM cases AS c
    LEFT JOIN alerts AS a
        ON a.organization_id = c.organization_id AND a.month = c.month AND a.status <> 'RESOLVED'
        AND coalesce(a.vendor_key, '(' || a.analyzer || ') ' || a.fingerprint) = c.subject
    WHERE c.snoozed_until IS NOT NULL
    GROUP BY c.organization_id, c.number
) AS now_like
WHERE c.organization_id = now_like.organization_id AND c.number = now_like.number
