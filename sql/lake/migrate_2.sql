-- From the lake of version 0.1: four decimals, `reference`, row issues by attempt, findings by generation, files by year.
ALTER TABLE lake.transactions ADD COLUMN reference VARCHAR;
ALTER TABLE lake.transactions ALTER amount TYPE DECIMAL(16, 4);
ALTER TABLE lake.transactions SET PARTITIONED BY (year(month));
ALTER TABLE lake.load_totals ALTER amount TYPE DECIMAL(28, 4);
ALTER TABLE lake.findings ADD COLUMN kind VARCHAR;
ALTER TABLE lake.findings ALTER amount TYPE DECIMAL(28, 4);
ALTER TABLE lake.findings RESET PARTITIONED BY;

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
INSERT INTO lake.row_issues BY NAME SELECT *, 0 AS attempt, 'rejected' AS kind FROM lake.rejected_rows;
INSERT INTO lake.row_issues BY NAME SELECT *, 0 AS attempt, 'skipped' AS kind FROM lake.skipped_rows;
DROP TABLE lake.rejected_rows;
DROP TABLE lake.skipped_rows;
DROP TABLE lake.ledger_months;

CREATE TABLE lake.schema_version (version INTEGER NOT NULL);
INSERT INTO lake.schema_version VALUES (2);
CALL lake.set_option('parquet_version', '2');
