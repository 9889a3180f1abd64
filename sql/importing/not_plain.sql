-- The rows of a group that the first tier left: what a reader's table of records is, made of the texts that were kept.
CREATE OR REPLACE TEMP VIEW records AS
SELECT
    s.file_index, CAST(t.place - f.row_offset AS UINTEGER) AS row_number,
    CASE WHEN {{surplus}} <> '' THEN 'fields_extra' WHEN {{last}} IS NULL THEN 'fields_missing' END AS row_rule,
    nullif({{surplus}}, '') AS row_value, CAST(NULL AS VARCHAR) AS row_place,
    {{fields}}
FROM (
    SELECT ordinal, rowid AS place, from_json(texts, '["VARCHAR"]') AS texts FROM typed WHERE texts IS NOT NULL
) AS t
JOIN sources AS s USING (ordinal)
JOIN typed_files AS f USING (ordinal)
