-- What comes of the findings of each kind, and which payments are explained by a batch.
CREATE OR REPLACE TEMP TABLE found_signals (
    kind VARCHAR,
    org INTEGER,
    vendor INTEGER,
    month INTEGER,
    evidence INTEGER,
    strength INTEGER,
    stake BIGINT,
    payments BIGINT[],
    findings INTEGER,
    weaker INTEGER,
    figures VARCHAR
);
CREATE OR REPLACE TEMP TABLE batched (org INTEGER, month INTEGER, payment BIGINT);
