-- Every broken rule of every bad row, in the order of the file.
CREATE OR REPLACE TEMP TABLE problems AS
WITH bad AS (
    SELECT ordinal, row_number, raw, row_rule, date_rule, vendor_rule, amount_rule, type_rule, category_rule,
           description_rule, currency_rule, external_id_rule, category, description, external_id
    FROM candidates
    WHERE broken_rule IS NOT NULL
)
SELECT ordinal, row_number, unnest(found, recursive := true)
FROM (
    SELECT ordinal, row_number, list_filter([
        {field: 'row',         value: NULL,                      rule: row_rule},
        {field: 'date',        value: raw.date,                  rule: date_rule},
        {field: 'vendor',      value: left(raw.vendor, 300),     rule: vendor_rule},
        {field: 'amount',      value: left(raw.amount, 300),     rule: amount_rule},
        {field: 'type',        value: left(raw.type, 300),       rule: type_rule},
        {field: 'category',    value: left(category, 300),       rule: category_rule},
        {field: 'description', value: left(description, 300),    rule: description_rule},
        {field: 'currency',    value: left(raw.currency, 300),   rule: currency_rule},
        {field: 'external_id', value: left(external_id, 300), rule: external_id_rule}
    ], lambda p: p.rule IS NOT NULL) AS found
    FROM bad
)
ORDER BY ordinal, row_number
