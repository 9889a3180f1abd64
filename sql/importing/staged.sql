-- The rows of one batch of files, typed. A row is one of: blank or skipped (outcome), bad (a rule is named), or good.
-- `explained` has those that went through stage.sql; `typed` those of the first tier, of which the plain ones are good and the
-- others only hold their texts, as a list in JSON: a column of lists would cost a third of writing the table, even with NULLs.
-- row_offset: what a row's rowid has more than its number.
CREATE OR REPLACE TEMP TABLE explained (
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
CREATE OR REPLACE TEMP TABLE typed (
    ordinal INTEGER NOT NULL,
    {{typed_columns}},
    texts   VARCHAR
);
CREATE OR REPLACE TEMP TABLE typed_files (ordinal INTEGER NOT NULL, row_offset BIGINT NOT NULL, currency VARCHAR NOT NULL);
CREATE OR REPLACE TEMP VIEW plain_rows AS
    SELECT t.* EXCLUDE (texts), CAST(t.rowid - f.row_offset AS UINTEGER) AS row_number, CAST(1 AS TINYINT) AS amount_sign,
           f.currency
    FROM typed AS t
    JOIN typed_files AS f USING (ordinal)
    WHERE t.texts IS NULL;
CREATE OR REPLACE TEMP VIEW staged AS
    FROM explained UNION ALL BY NAME FROM plain_rows;
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
-- Whether trimming leaves a text as it is: in a file of ASCII without tabs and the like inside fields, and in any other.
CREATE OR REPLACE TEMP MACRO ends_clean(field) AS field >= '!' AND NOT suffix(field, ' ');
CREATE OR REPLACE TEMP MACRO ends_visible(field) AS field BETWEEN '!' AND '~' AND substr(field, -1) BETWEEN '!' AND '~';
-- trim(text, blanks) builds the set of blanks anew for every row, ten times the cost of all else here: so only where the
-- first or the last character may be one. No blank is a visible ASCII character.
CREATE OR REPLACE TEMP MACRO trimmed(field, blanks) AS
    CASE
        WHEN field = '' OR (ord(field) BETWEEN 33 AND 126 AND ord(substr(field, -1)) BETWEEN 33 AND 126) THEN field
        ELSE trim(field, blanks)
    END;
