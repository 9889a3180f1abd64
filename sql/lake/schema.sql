-- The lake's tables, version 6; those of signals and cases are `ranking.sql`'s. All of them only grow: a run's findings are a generation that PostgreSQL's current_runs names,
-- a load's row issues carry the attempt that the registry names. `transactions` holds the
-- rows of accepted loads, its columns are those of model.transaction; `load_totals` each load's control totals, committed
-- with its rows; `load_vendors` each load's vendors, committed with them too. `taken_out` holds the rows that corrections took out of
-- the ledger (sign 1) and brought back (-1), `withdrawn_loads` the loads: `ledger.sql`. Maintenance removes what nothing names.

CREATE TABLE lake.transactions (
    {{transaction_columns}}
);

CREATE TABLE lake.load_totals (
    load_id         UUID NOT NULL,
    organization_id UUID NOT NULL,
    month           DATE NOT NULL,
    type            VARCHAR NOT NULL,
    rows            BIGINT NOT NULL,
    amount          DECIMAL(28, 4) NOT NULL
);

CREATE TABLE lake.load_vendors (
    load_id         UUID NOT NULL,
    organization_id UUID NOT NULL,
    vendor_key      VARCHAR NOT NULL,
    first_month     DATE NOT NULL
);

CREATE TABLE lake.row_issues (
    load_id         UUID NOT NULL,
    organization_id UUID NOT NULL,
    attempt         INTEGER NOT NULL,
    kind            VARCHAR NOT NULL,
    row_number      UINTEGER NOT NULL,
    column_name     VARCHAR NOT NULL,
    value           VARCHAR,
    rule            VARCHAR NOT NULL,
    message         VARCHAR NOT NULL
);

CREATE TABLE lake.taken_out (
    correction_id   UUID NOT NULL,
    organization_id UUID NOT NULL,
    load_id         UUID NOT NULL,
    row_number      UINTEGER NOT NULL,
    month           DATE NOT NULL,
    vendor_key      VARCHAR NOT NULL,
    type            VARCHAR NOT NULL,
    amount          DECIMAL(16, 4) NOT NULL,
    sign            TINYINT NOT NULL
);

CREATE TABLE lake.withdrawn_loads (
    correction_id   UUID NOT NULL,
    organization_id UUID NOT NULL,
    load_id         UUID NOT NULL
);

CREATE TABLE lake.findings (
    analyzer        VARCHAR NOT NULL,
    organization_id UUID NOT NULL,
    month           DATE NOT NULL,
    fingerprint     VARCHAR NOT NULL,
    severity        UTINYINT NOT NULL,
    subject         VARCHAR NOT NULL,
    title           VARCHAR NOT NULL,
    message         VARCHAR NOT NULL,
    amount          DECIMAL(28, 4) NOT NULL,
    evidence        VARCHAR NOT NULL,
    transactions    UUID[] NOT NULL,
    analysis_run_id UUID NOT NULL,
    ledger_snapshot BIGINT NOT NULL,
    kind            VARCHAR
);

CREATE TABLE lake.schema_version (version INTEGER NOT NULL);
INSERT INTO lake.schema_version VALUES (6);
CALL lake.set_option('parquet_version', '2');
