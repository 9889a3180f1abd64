-- The lake's tables. `transactions` holds the rows of accepted loads only, written once and never changed;
-- `load_totals` holds each load's control totals, committed with its rows; `ledger_months` is what the ledger asset
-- has reconciled with them; `findings` is replaced by month.

CREATE TABLE IF NOT EXISTS lake.transactions (
    organization_id UUID NOT NULL,
    load_id         UUID NOT NULL,
    row_number      UINTEGER NOT NULL,
    month           DATE NOT NULL,
    date            DATE NOT NULL,
    vendor          VARCHAR NOT NULL,
    vendor_key      VARCHAR NOT NULL,
    amount          DECIMAL(14, 2) NOT NULL,
    type            VARCHAR NOT NULL,
    category        VARCHAR,
    description     VARCHAR,
    currency        VARCHAR NOT NULL,
    external_id     VARCHAR,
    account         VARCHAR
);
ALTER TABLE lake.transactions SET PARTITIONED BY (month);

CREATE TABLE IF NOT EXISTS lake.load_totals (
    load_id         UUID NOT NULL,
    organization_id UUID NOT NULL,
    month           DATE NOT NULL,
    type            VARCHAR NOT NULL,
    rows            BIGINT NOT NULL,
    amount          DECIMAL(24, 2) NOT NULL
);

CREATE TABLE IF NOT EXISTS lake.rejected_rows (
    load_id         UUID NOT NULL,
    organization_id UUID NOT NULL,
    row_number      UINTEGER NOT NULL,
    column_name     VARCHAR NOT NULL,
    value           VARCHAR,
    rule            VARCHAR NOT NULL,
    message         VARCHAR NOT NULL
);

CREATE TABLE IF NOT EXISTS lake.skipped_rows (
    load_id         UUID NOT NULL,
    organization_id UUID NOT NULL,
    row_number      UINTEGER NOT NULL,
    column_name     VARCHAR NOT NULL,
    value           VARCHAR,
    rule            VARCHAR NOT NULL,
    message         VARCHAR NOT NULL
);

CREATE TABLE IF NOT EXISTS lake.ledger_months (
    organization_id UUID NOT NULL,
    month           DATE NOT NULL,
    type            VARCHAR NOT NULL,
    rows            BIGINT NOT NULL,
    amount          DECIMAL(24, 2) NOT NULL
);

CREATE TABLE IF NOT EXISTS lake.findings (
    analyzer        VARCHAR NOT NULL,
    organization_id UUID NOT NULL,
    month           DATE NOT NULL,
    fingerprint     VARCHAR NOT NULL,
    severity        UTINYINT NOT NULL,
    subject         VARCHAR NOT NULL,
    title           VARCHAR NOT NULL,
    message         VARCHAR NOT NULL,
    amount          DECIMAL(24, 2) NOT NULL,
    evidence        VARCHAR NOT NULL,
    transactions    UUID[] NOT NULL,
    analysis_run_id UUID NOT NULL,
    ledger_snapshot BIGINT NOT NULL
);
ALTER TABLE lake.findings SET PARTITIONED BY (analyzer, year(month));
