-- The columns of a Parquet file as texts; rows are counted from 1, in the order of the file. DuckDB's own file_row_number is
-- not taken: a file may have a column of that name.
SELECT
    CAST(file_row AS UINTEGER) AS row_number, CAST(NULL AS VARCHAR) AS row_rule,
    CAST(NULL AS VARCHAR) AS row_value, CAST(NULL AS VARCHAR) AS row_place, {{texts}}
FROM (SELECT *, row_number() OVER () FROM read_parquet($path, hive_partitioning = false)) AS t ({{names}}, file_row)
