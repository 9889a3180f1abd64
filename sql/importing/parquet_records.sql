-- The columns of a Parquet file as texts; rows are counted from 1.
SELECT
    CAST(file_row + 1 AS UINTEGER) AS row_number, CAST(NULL AS VARCHAR) AS row_rule,
    CAST(NULL AS VARCHAR) AS row_value, CAST(NULL AS VARCHAR) AS row_place, {{texts}}
FROM (SELECT *, file_row_number FROM read_parquet($path)) AS t ({{names}}, file_row)
