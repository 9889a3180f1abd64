-- The keys of plain lines, in the order in which they first appear.
WITH orders AS (
    SELECT keys, min(line_number) AS first FROM json_lines WHERE keys IS NOT NULL GROUP BY keys
),
placed AS (
    SELECT first, unnest(keys) AS key, generate_subscripts(keys, 1) AS place FROM orders
)
SELECT key FROM placed GROUP BY key ORDER BY min((first, place))
