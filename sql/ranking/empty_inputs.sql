-- What the ranking reads beside the ledger, as long as nothing of it is given.
CREATE OR REPLACE TEMP TABLE past_signals (kind VARCHAR, org INTEGER, month INTEGER, strength INTEGER, findings INTEGER);
CREATE OR REPLACE TEMP TABLE rule_findings (
    organization_id UUID,
    month DATE,
    analyzer VARCHAR,
    fingerprint VARCHAR,
    severity INTEGER,
    subject VARCHAR,
    title VARCHAR,
    message VARCHAR,
    amount DECIMAL(28, 4)
);
