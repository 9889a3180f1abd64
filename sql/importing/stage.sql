-- Types the text columns of one group of files (same header, profile and decimals of the currency) and names what is wrong
-- with each field. Fields that are texts as they stand need nothing here: see model.transaction.
-- Reads source_rows and sources; every value of the profile is bound. Amounts never pass through binary floating point.
INSERT INTO explained BY NAME
WITH trimmed AS (
    SELECT
        s.ordinal,
        r.row_number,
        CASE WHEN r.status IS NOT NULL AND NOT list_contains($booked, r.status) THEN 'not_booked' ELSE r.row_rule END AS row_rule,
        r.row_value,
        r.row_place,
        CASE
            WHEN r.outside IS NULL THEN NULL
            WHEN r.outside = 'both' THEN 2
            WHEN list_contains($outside_negative, r.outside) THEN -1
            WHEN list_contains($outside_positive, r.outside) THEN 1
            ELSE 0
        END AS outside_sign,
        {{trimmed}},
        {{given}}s.currency AS organization_currency,
        s.revenue_categories
    FROM source_rows AS r
    JOIN sources AS s USING (file_index)
),
-- What the profile says of every row, or of those that have nothing, beside what the file says.
completed AS (
    SELECT
        {{completed}},
        {{all_empty}} AS is_blank,
        regexp_full_match(amount_text, $plain_amount) AND $decimal = '.' AND coalesce(outside_sign, 1) = 1 AS amount_is_plain
    FROM trimmed
),
-- The amount as [+-]digits[.digits]: plain already, as almost all are, or brought there by the profile. First without signs of
-- currencies, and with one kind of space, apostrophe and minus.
stripped AS (
    SELECT
        *,
        CASE
            WHEN amount_is_plain THEN amount_text
            ELSE trim(translate(
                list_reduce($strip, lambda rest, sign: replace(rest, sign, ''), amount_text),
                $unlike, $like
            ), $blanks)
        END AS amount_stripped,
        CASE
            WHEN NOT amount_is_plain AND len($marks) > 0
                THEN list_filter($marks, lambda mark: suffix(upper(amount_stripped), mark) OR prefix(upper(amount_stripped), mark))[1]
        END AS amount_mark
    FROM completed
),
unmarked AS (
    SELECT
        *,
        CASE
            WHEN amount_mark IS NULL THEN amount_stripped
            WHEN suffix(upper(amount_stripped), amount_mark) THEN trim(left(amount_stripped, length(amount_stripped) - length(amount_mark)), $blanks)
            ELSE trim(substr(amount_stripped, length(amount_mark) + 1), $blanks)
        END AS amount_unmarked,
        CASE
            WHEN amount_mark IS NULL THEN outside_sign
            WHEN outside_sign IS NOT NULL THEN 3
            WHEN list_contains($negative_marks, amount_mark) THEN -1
            ELSE 1
        END AS beside_sign
    FROM stripped
),
-- Negatives as accountants write them, (123.45) and 123.45-, get their sign in front.
signed AS (
    SELECT
        *,
        CASE
            WHEN amount_is_plain THEN amount_unmarked
            WHEN regexp_full_match(amount_unmarked, '[(][^-+()]*[)]') THEN '-' || trim(amount_unmarked[2:-2], $blanks)
            WHEN regexp_full_match(amount_unmarked, '[^-+()]*[0-9][^-+()]*-') THEN '-' || trim(amount_unmarked[:-2], $blanks)
            ELSE amount_unmarked
        END AS amount_signed
    FROM unmarked
),
bare AS (
    SELECT
        *,
        CASE WHEN beside_sign = -1 AND amount_signed <> '' THEN '-' || amount_signed ELSE amount_signed END AS amount_bare,
        CASE
            WHEN amount_is_plain OR coalesce(amount_text, '') = '' THEN NULL
            WHEN beside_sign = 0 THEN 'amount_mark'
            WHEN beside_sign = 2 THEN 'amount_both'
            WHEN beside_sign = 3 OR (beside_sign IS NOT NULL AND regexp_matches(amount_signed, '^[-+]')) THEN 'amount_signed_twice'
        END AS sign_rule
    FROM signed
),
grouped AS (
    SELECT
        *,
        CASE
            WHEN amount_is_plain OR $thousands = '' OR NOT contains(amount_bare, $thousands) THEN amount_bare
            WHEN regexp_full_match(
                replace(replace(replace(amount_bare, $decimal, 'd'), $thousands, 't'), ' ', ''),
                '[+-]?[0-9]{1,3}(t[0-9]{3})+(d[0-9]*)?'
            ) THEN replace(amount_bare, $thousands, '')
        END AS amount_joined
    FROM bare
),
pointed AS (
    SELECT
        *,
        CASE WHEN $decimal = '.' THEN amount_joined ELSE replace(replace(amount_joined, '.', 'x'), $decimal, '.') END AS amount_pointed
    FROM grouped
),
-- A profile that rounds takes what a program's floating point left: 1424.0000000000002, and 3.64E-12 too.
written_out AS (
    SELECT
        *,
        CASE
            WHEN NOT amount_is_plain AND $extra_decimals = 'round'
                 AND regexp_full_match(amount_pointed, '[+-]?[0-9]+([.][0-9]*)?[eE][+-]?[0-9]{1,3}')
                THEN coalesce(CAST(TRY_CAST(amount_pointed AS DECIMAL(38, 30)) AS VARCHAR), amount_pointed)
            ELSE amount_pointed
        END AS amount_number
    FROM pointed
),
classified AS (
    SELECT
        *,
        CASE
            WHEN amount_is_plain THEN NULL
            WHEN amount_text IS NULL OR amount_text = '' THEN 'amount_required'
            WHEN sign_rule IS NOT NULL THEN sign_rule
            WHEN regexp_full_match(amount_bare, '(?i)[+-]?(nan|inf|infinity)') THEN 'amount_not_finite'
            WHEN amount_joined IS NULL THEN 'amount_thousands'
            WHEN regexp_full_match(amount_number, '[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)') THEN
                CASE
                    WHEN length(ltrim(split_part(ltrim(amount_number, '+-'), '.', 1), '0')) > 12 THEN 'amount_digits'
                    WHEN length(split_part(amount_number, '.', 2)) > $decimals AND $extra_decimals = 'reject' THEN 'amount_decimals'
                END
            WHEN regexp_full_match(amount_number, '[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)[eE][+-]?[0-9]+') THEN 'amount_exponent'
            WHEN regexp_full_match(amount_bare, '[+-]?[0-9]{1,3}([,. ''][0-9]{3})+([.,][0-9]*)?') THEN 'amount_thousands'
            ELSE 'amount_format'
        END AS number_rule
    FROM written_out
),
-- Whole units and decimals as digits; what is beyond the currency's decimals is the rest.
digits AS (
    SELECT
        *,
        CASE WHEN NOT amount_is_plain AND number_rule IS NULL
            THEN '0' || ltrim(split_part(amount_number, '.', 1), '+-')
        END AS whole,
        CASE WHEN NOT amount_is_plain AND number_rule IS NULL THEN split_part(amount_number, '.', 2) END AS decimals
    FROM classified
),
-- Half-even: up when the rest is above one half, or is one half and the digit before it is odd. The rest is compared as text,
-- digit by digit, so no tail is too long.
measured AS (
    SELECT
        *,
        CASE
            WHEN number_rule IS NOT NULL THEN NULL
            WHEN amount_is_plain THEN CAST(amount_number AS DECIMAL(18, 4))
            ELSE CAST(
                CAST(whole || '.' || left(decimals, $decimals) AS DECIMAL(18, 4))
                + CASE
                    WHEN rtrim(substr(decimals, $decimals + 1), '0') > '5' THEN $smallest
                    WHEN rtrim(substr(decimals, $decimals + 1), '0') = '5'
                         AND right(whole || left(decimals, $decimals), 1) IN ('1', '3', '5', '7', '9') THEN $smallest
                    ELSE CAST(0 AS DECIMAL(18, 4))
                  END
                AS DECIMAL(18, 4))
        END AS magnitude,
        number_rule IS NULL AND NOT amount_is_plain AND starts_with(amount_number, '-') AS is_negative,
        number_rule IS NULL AND NOT regexp_matches(amount_number, '[1-9]') AS is_zero,
        CASE
            WHEN date_text IS NULL OR date_text = '' THEN NULL
            WHEN $iso_dates AND NOT regexp_full_match(date_text, '[0-9]{4}-[0-9]{2}-[0-9]{2}') THEN NULL
            WHEN $iso_dates THEN CASE WHEN CAST(TRY_CAST(date_text AS DATE) AS VARCHAR) = date_text THEN TRY_CAST(date_text AS DATE) END
            ELSE CAST(try_strptime(date_text, $date_formats) AS DATE)
        END AS parsed_date
    FROM digits
),
ruled AS (
    SELECT
        *,
        CASE
            WHEN parsed_date BETWEEN $first_day AND $tomorrow THEN NULL
            WHEN date_text IS NULL OR date_text = '' THEN 'date_required'
            WHEN NOT $iso_dates AND parsed_date < DATE '1000-01-01' THEN 'date_format' -- %Y takes 24 for the year 24
            WHEN parsed_date < $first_day THEN 'date_too_early'
            WHEN parsed_date > $tomorrow THEN 'date_in_future'
            WHEN $iso_dates AND regexp_full_match(date_text, '[0-9]{4}-[0-9]{2}-[0-9]{2}') THEN 'date_calendar'
            ELSE 'date_format'
        END AS date_rule,
        CASE
            WHEN number_rule IS NOT NULL THEN number_rule
            WHEN magnitude >= 1000000000000 THEN 'amount_digits'
            WHEN is_zero AND $zero = 'reject' THEN 'amount_zero'
            WHEN NOT is_zero AND is_negative AND $negative = 'reject' THEN 'amount_negative'
        END AS amount_rule,
        CASE
            WHEN type_text IS NULL OR type_text = '' THEN
                CASE
                    WHEN is_negative AND $negative = 'refund' THEN 'refund'
                    WHEN is_negative THEN 'expense'
                    WHEN $negative = 'expense' THEN 'income'
                    WHEN category_text <> '' AND list_contains(revenue_categories, lower(category_text)) THEN 'income'
                    ELSE 'expense'
                END
            ELSE
                CASE lower(type_text)
                    WHEN 'expense' THEN 'expense'
                    WHEN 'debit' THEN 'expense'
                    WHEN 'income' THEN 'income'
                    WHEN 'credit' THEN 'income'
                    WHEN 'refund' THEN 'refund'
                END
        END AS parsed_type
    FROM measured
)
SELECT
    ordinal,
    row_number,
    row_value,
    row_place,
    CASE
        WHEN is_blank THEN 'blank'
        WHEN row_rule = 'not_booked' THEN 'skipped'
        WHEN is_zero AND $zero = 'skip' THEN 'skipped'
    END AS outcome,
    -- Positive is what was paid, not what is left of it after rounding: the real files have payments of 3.64E-12.
    CASE WHEN amount_rule IS NULL THEN CASE WHEN magnitude > 0 OR NOT is_zero THEN 1 ELSE 0 END END AS amount_sign,
    CASE WHEN date_rule IS NULL THEN parsed_date END AS date,
    CASE WHEN amount_rule IS NULL THEN CAST(magnitude AS DECIMAL(16, 4)) END AS amount,
    CASE WHEN type_rule IS NULL THEN parsed_type END AS type,
    CASE WHEN currency_rule IS NULL THEN organization_currency ELSE currency_text END AS currency,
    {{texts}},
    {{rules}},
    CASE WHEN coalesce({{raw_rules}}) IS NOT NULL THEN struct_pack({{raw_values}}) END AS raw
FROM (
    SELECT
        *,
        CASE
            WHEN parsed_type IS NULL THEN 'type_unknown'
            WHEN is_negative AND $negative = 'refund' AND parsed_type <> 'refund' THEN 'type_contradicts_sign'
            WHEN $negative = 'expense' AND amount_rule IS NULL AND NOT is_zero AND is_negative = (parsed_type <> 'expense') THEN 'type_contradicts_sign'
        END AS type_rule,
        CASE WHEN currency_text <> '' AND upper(currency_text) <> organization_currency THEN 'currency_differs' END AS currency_rule,
        {{text_rules}}
    FROM ruled
)
