-- The rows of one batch of files, typed. A row is one of: blank or skipped (outcome), bad (a rule is named), or good.
CREATE OR REPLACE TEMP TABLE staged (
    ordinal          INTEGER NOT NULL,
    row_number       UINTEGER NOT NULL,
    date             DATE,
    vendor           VARCHAR,
    amount           DECIMAL(14, 2),
    amount_sign      TINYINT,
    type             VARCHAR,
    category         VARCHAR,
    description      VARCHAR,
    currency         VARCHAR,
    external_id      VARCHAR,
    account          VARCHAR,
    outcome          VARCHAR,
    row_rule         VARCHAR,
    date_rule        VARCHAR,
    vendor_rule      VARCHAR,
    amount_rule      VARCHAR,
    type_rule        VARCHAR,
    category_rule    VARCHAR,
    description_rule VARCHAR,
    currency_rule    VARCHAR,
    external_id_rule VARCHAR,
    raw              STRUCT(date VARCHAR, vendor VARCHAR, amount VARCHAR, type VARCHAR, currency VARCHAR, external_id VARCHAR)
);
CREATE OR REPLACE TEMP TABLE sources (
    file_index         INTEGER NOT NULL,
    ordinal            INTEGER NOT NULL,
    currency           VARCHAR NOT NULL,
    revenue_categories VARCHAR[] NOT NULL
);
CREATE OR REPLACE TEMP TABLE vendor_keys (vendor VARCHAR NOT NULL, vendor_key VARCHAR NOT NULL);
CREATE OR REPLACE TEMP VIEW candidates AS
    SELECT * EXCLUDE (outcome),
           coalesce(row_rule, date_rule, vendor_rule, amount_rule, type_rule, category_rule, description_rule, currency_rule,
                    external_id_rule) AS broken_rule
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
