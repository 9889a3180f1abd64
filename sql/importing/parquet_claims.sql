-- How many rows a Parquet file says it has, and a column with more digits than a DECIMAL of DuckDB.
SELECT
    coalesce((SELECT sum(num_rows) FROM parquet_file_metadata($path)), 0) AS rows,
    (SELECT min(name) FROM parquet_schema($path) WHERE precision > 38) AS wide
