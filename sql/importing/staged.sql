-- The rows of one batch of files, typed. A row is one of: blank or skipped (outcome), bad (a rule is named), or good.
CREATE OR REPLACE TEMP TABLE staged (
    ordinal     INTEGER NOT NULL,
    row_number  UINTEGER NOT NULL,
    row_value   VARCHAR,
    row_place   VARCHAR,
    outcome     VARCHAR,
    amount_sign TINYINT,
    {{columns}},
    {{rule_columns}},
    raw         STRUCT({{raw_columns}})
);
CREATE OR REPLACE TEMP TABLE sources (
    file_index         INTEGER NOT NULL,
    ordinal            INTEGER NOT NULL,
    currency           VARCHAR NOT NULL,
    revenue_categories VARCHAR[] NOT NULL,
    {{given_columns}}
);
CREATE OR REPLACE TEMP TABLE vendor_keys (vendor VARCHAR NOT NULL, vendor_key VARCHAR NOT NULL);
CREATE OR REPLACE TEMP VIEW candidates AS
    SELECT * EXCLUDE (outcome), coalesce({{rules}}) AS broken_rule
    FROM staged WHERE outcome IS NULL;
CREATE OR REPLACE TEMP VIEW good_rows AS
    FROM candidates WHERE broken_rule IS NULL;
-- trim(text, blanks) builds the set of blanks anew for every row, ten times the cost of all else here: so only where the
-- first or the last character may be one. No blank is a visible ASCII character.
CREATE OR REPLACE TEMP MACRO trimmed(field, blanks) AS
    CASE
        WHEN field = '' OR (ord(field) BETWEEN 33 AND 126 AND ord(substr(field, -1)) BETWEEN 33 AND 126) THEN field
        ELSE trim(field, blanks)
    END;
