-- The lake gets the tables of `ranking.sql`.
UPDATE lake.schema_version SET version = 6;
