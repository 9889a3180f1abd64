-- The rows that readers have written, of files with one header.
CREATE OR REPLACE TEMP TABLE read_records AS
SELECT CAST(file_index AS INTEGER) AS file_index, *
FROM read_parquet($paths, hive_partitioning = false)
