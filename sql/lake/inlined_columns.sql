-- PostgreSQL. The columns of the rows that DuckLake keeps in its catalog, and the types they have in the lake: in PostgreSQL
-- a text is bytes and a date is a text. A table of an earlier schema has the columns and types of its time.
WITH versions AS (
    SELECT i.table_name, i.table_id, coalesce(max(v.begin_snapshot), min(t.begin_snapshot)) AS snapshot
    FROM ducklake.ducklake_inlined_data_tables AS i
    JOIN ducklake.ducklake_table AS t ON t.table_id = i.table_id
    LEFT JOIN ducklake.ducklake_schema_versions AS v
        ON v.schema_version = i.schema_version AND (v.table_id = i.table_id OR v.table_id IS NULL)
    GROUP BY i.table_name, i.table_id
)
SELECT v.table_name, c.column_name, c.column_type, element.column_type AS element_type
FROM versions AS v
JOIN ducklake.ducklake_column AS c
    ON c.table_id = v.table_id
    AND c.parent_column IS NULL
    AND c.begin_snapshot <= v.snapshot
    AND (c.end_snapshot IS NULL OR c.end_snapshot > v.snapshot)
LEFT JOIN ducklake.ducklake_column AS element
    ON element.table_id = c.table_id
    AND element.parent_column = c.column_id
    AND element.begin_snapshot = c.begin_snapshot
    AND c.column_type = 'list'
