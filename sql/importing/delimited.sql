-- The records of delimited files as text, in the order of the files. A missing field is NULL, an empty one is ''.
SELECT CAST(file_index AS INTEGER) AS file_index, *
FROM read_csv(
        $paths, columns = $columns, delim = $delimiter, quote = '"', escape = '"', header = false, skip = 1,
        auto_detect = false, hive_partitioning = false, null_padding = true, strict_mode = false, parallel = false,
        allow_quoted_nulls = false, nullstr = chr(1) || 'N', max_line_size = $max_line
    )
