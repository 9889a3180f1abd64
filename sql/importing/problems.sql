-- Every broken rule of every bad row, in the order of the file.
CREATE OR REPLACE TEMP TABLE problems AS
WITH bad AS (
    FROM candidates WHERE broken_rule IS NOT NULL
)
SELECT ordinal, row_number, row_place, unnest(found, recursive := true)
FROM (
    SELECT
        ordinal, row_number, row_place, list_filter([
            {{problems}}
        ], lambda p: p.rule IS NOT NULL) AS found
    FROM bad
)
ORDER BY ordinal, row_number
