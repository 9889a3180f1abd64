-- The lines of a JSON Lines file. keys: of a plain line, in its order; null for all others, and for one with a key twice.
-- quoted: a plain line with its numbers in quotes.
CREATE OR REPLACE TEMP TABLE json_lines AS
WITH numbered AS (
    SELECT row_number() OVER () AS line_number, ltrim(line, chr(65279)) AS line
    FROM read_csv(
            $path, columns = {line: 'VARCHAR'}, delim = chr(2), quote = '', escape = '', header = false,
            auto_detect = false, hive_partitioning = false,
            strict_mode = false, nullstr = chr(1) || 'N', max_line_size = $max_line
        )
),
quoted AS (
    SELECT
        line_number, line,
        CASE
            WHEN regexp_full_match(line, $plain)
                THEN regexp_replace(line, '("[ \t]*:[ \t]*)(-?[0-9][0-9.eE+-]*)', '\1"\2"', 'g')
        END AS quoted
    FROM numbered
),
keyed AS (
    SELECT line_number, line, quoted, json_keys(quoted) AS keys FROM quoted
)
SELECT
    line_number, line, quoted,
    CASE WHEN len(keys) = len(list_distinct(keys)) THEN keys END AS keys
FROM keyed
