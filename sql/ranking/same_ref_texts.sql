-- The references of the findings of same_ref as they are written. Two that are not equal were told apart by hash wrongly, and
-- their finding goes.
CREATE OR REPLACE TEMP TABLE findings AS
WITH located AS (
    SELECT p.payment, l.load_id, CAST(p.payment & 4294967295 AS UINTEGER) AS row_number
    FROM (SELECT DISTINCT unnest(payments) AS payment FROM findings) AS p
    JOIN source_loads AS l ON l.load = p.payment >> 32
),
texts AS (
    SELECT l.payment, t.description, t.reference
    FROM ledger_transactions AS t
    JOIN located AS l ON l.load_id = t.load_id AND l.row_number = t.row_number
),
written AS (
    SELECT
        f.*,
        CASE f.figures.field WHEN 'reference' THEN a.reference ELSE a.description END AS first_text,
        CASE f.figures.field WHEN 'reference' THEN b.reference ELSE b.description END AS text
    FROM findings AS f
    JOIN texts AS a ON a.payment = f.payments[1]
    JOIN texts AS b ON b.payment = f.payments[2]
)
SELECT org, vendor, month, evidence, stake, payments, struct_insert(figures, reference := text) AS figures
FROM written
WHERE first_text = text
