-- Rows that a reader wrote one by one, every field quoted, as a Parquet file.
SELECT
    * REPLACE (
        nullif(row_rule, '') AS row_rule, nullif(row_value, '') AS row_value, nullif(row_place, '') AS row_place
    )
FROM read_csv(
        $path, columns = $columns, delim = ',', quote = '"', escape = '"', header = false, auto_detect = false,
        hive_partitioning = false,
        null_padding = true, strict_mode = false, parallel = false, allow_quoted_nulls = false,
        nullstr = chr(1) || 'N', max_line_size = 100000000
    )
