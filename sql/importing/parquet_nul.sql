-- The first row of a file that a reader wrote in which one of the columns has a NUL character.
SELECT min(row_number)
FROM read_parquet($path, hive_partitioning = false)
WHERE {{holds}}
