-- Plain lines as records, and the others as they were read one by one.
WITH picked AS (
    SELECT line_number, json_extract_string(quoted, $pointers) AS fields FROM json_lines WHERE keys IS NOT NULL
),
plain AS (
    SELECT
        CAST(line_number AS UINTEGER) AS row_number, CAST(NULL AS VARCHAR) AS row_rule,
        CAST(NULL AS VARCHAR) AS row_value, concat('line ', line_number) AS row_place,
        {{picked}}
    FROM picked
)
FROM plain
UNION ALL BY NAME
FROM read_parquet($others, hive_partitioning = false)
