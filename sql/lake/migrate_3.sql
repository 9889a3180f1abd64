-- Vendors by load, from the rows that are there.
CREATE TABLE lake.load_vendors (
    load_id         UUID NOT NULL,
    organization_id UUID NOT NULL,
    vendor_key      VARCHAR NOT NULL,
    first_month     DATE NOT NULL
);
INSERT INTO lake.load_vendors BY NAME
SELECT load_id, organization_id, vendor_key, min(month) AS first_month
FROM lake.transactions
GROUP BY ALL
ORDER BY load_id, vendor_key;
UPDATE lake.schema_version SET version = 3;
