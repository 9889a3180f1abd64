-- The first tier, one pass over the files of a group: rows are typed by casts, and those that are not plain keep their texts. A
-- row is plain where the cheap tests of importing/plain.py show that stage.sql would type it just so and name no rule; what is
-- in doubt is not plain, and stage.sql explains it. The table keeps the order of the files, so rowid numbers their records.
INSERT INTO typed BY NAME
WITH mapped AS (
    SELECT
        s.ordinal, s.currency AS organization_currency, s.revenue_categories, r.* EXCLUDE (file_index),
        {{texts}}
    FROM ({{records}}) AS r
    JOIN sources AS s USING (file_index)
),
-- The amount without separators of thousands, then with a decimal point: NULL where one is misplaced.
joined AS (
    SELECT
        *,
        CASE
            WHEN $thousands = '' OR NOT contains(amount_text, $thousands) THEN amount_text
            WHEN regexp_full_match(amount_text, $grouped) THEN replace(amount_text, $thousands, '')
        END AS amount_joined
    FROM mapped
),
pointed AS (
    SELECT
        *,
        CASE
            WHEN $decimal = '.' THEN amount_joined
            WHEN NOT contains(amount_joined, '.') THEN replace(amount_joined, $decimal, '.')
        END AS amount_number
    FROM joined
),
cast_values AS (
    SELECT *, TRY_CAST(amount_number AS {{amount}}) AS amount, {{parsed_date}} AS date
    FROM pointed
),
classified AS (
    SELECT
        *,
        CASE
            WHEN lower(type_text) IN ('expense', 'debit') THEN 'expense'
            WHEN lower(type_text) IN ('income', 'credit') THEN 'income'
            WHEN lower(type_text) = 'refund' THEN 'refund'
            WHEN type_text <> '' THEN NULL
            WHEN amount < 0 AND $negative = 'refund' THEN 'refund'
            WHEN amount < 0 THEN 'expense'
            WHEN $negative = 'expense' THEN 'income'
            WHEN category_text <> '' AND list_contains(revenue_categories, lower(category_text)) THEN 'income'
            ELSE 'expense'
        END AS type
    FROM cast_values
),
judged AS (
    SELECT
        *,
        coalesce(
            {{plain}}, false
        ) AS is_plain
    FROM classified
)
SELECT
    ordinal,
    date,
    abs(amount) AS amount,
    type,
    {{values}},
    CASE WHEN NOT is_plain THEN CAST(to_json([{{fields}}]) AS VARCHAR) END AS texts
FROM judged
