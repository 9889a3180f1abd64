-- Signals and ranked cases: of each month a generation of its run, as findings are; current_runs of PostgreSQL says which holds.
-- A signal without transactions is about all of its subject's payments of the month.
CREATE TABLE IF NOT EXISTS lake.signals (
    organization_id UUID NOT NULL,
    month DATE NOT NULL,
    subject VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    evidence INTEGER NOT NULL,
    strength INTEGER NOT NULL,
    stake DECIMAL(28, 4) NOT NULL,
    findings INTEGER NOT NULL,
    weaker INTEGER NOT NULL,
    as_strong INTEGER NOT NULL,
    of_months INTEGER NOT NULL,
    rarity INTEGER NOT NULL,
    points INTEGER NOT NULL,
    figures VARCHAR NOT NULL,
    transactions UUID[],
    analysis_run_id UUID NOT NULL
);

CREATE TABLE IF NOT EXISTS lake.cases (
    organization_id UUID NOT NULL,
    month DATE NOT NULL,
    subject VARCHAR NOT NULL,
    rank INTEGER NOT NULL,
    score INTEGER NOT NULL,
    stake DECIMAL(28, 4) NOT NULL,
    kinds VARCHAR[] NOT NULL,
    judged_as VARCHAR,
    judged_in INTEGER,
    version INTEGER NOT NULL,
    analysis_run_id UUID NOT NULL
);
