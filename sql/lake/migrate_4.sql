-- What corrections take out of the ledger.
CREATE TABLE lake.taken_out (
    correction_id UUID NOT NULL,
    organization_id UUID NOT NULL,
    load_id UUID NOT NULL,
    row_number UINTEGER NOT NULL,
    month DATE NOT NULL,
    vendor_key VARCHAR NOT NULL,
    type VARCHAR NOT NULL,
    amount DECIMAL(16, 4) NOT NULL,
    sign TINYINT NOT NULL
);

CREATE TABLE lake.withdrawn_loads (
    correction_id UUID NOT NULL,
    organization_id UUID NOT NULL,
    load_id UUID NOT NULL
);
UPDATE lake.schema_version SET version = 4;
