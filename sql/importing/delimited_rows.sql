-- The same with the row numbers of people: a table keeps the order of the file, so rowid numbers the records.
CREATE OR REPLACE TEMP VIEW {{rows}} AS
WITH first_records AS (SELECT file_index, min(rowid) AS first FROM delimited_records GROUP BY file_index)
SELECT
    r.file_index, CAST(r.rowid - f.first + {{first_row}} AS UINTEGER) AS row_number,
    CASE WHEN {{surplus}} <> '' THEN 'fields_extra' WHEN {{last}} IS NULL THEN 'fields_missing' END AS row_rule,
    nullif({{surplus}}, '') AS row_value, CAST(NULL AS VARCHAR) AS row_place,
    r.* EXCLUDE (file_index)
FROM delimited_records AS r
JOIN first_records AS f ON f.file_index = r.file_index
