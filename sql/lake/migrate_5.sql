-- Rows of transactions are no longer written into a file for each year: file statistics and row groups say where a month is. Files
-- that are there stay as they are, and are read as before.
ALTER TABLE lake.transactions RESET PARTITIONED BY;
UPDATE lake.schema_version SET version = 5;
