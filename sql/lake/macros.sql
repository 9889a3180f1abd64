-- What every text over the ledger may use. `transaction_id` says what model.load.transaction_id says.

CREATE OR REPLACE TEMP MACRO transaction_id(load_id, row_number) AS
    CAST(left(CAST(load_id AS VARCHAR), 28) || printf('%08x', row_number) AS UUID);

-- 12.3456 -> 123456: an amount as the whole number of its ten-thousandths, in which nothing overflows or is rounded.
CREATE OR REPLACE TEMP MACRO ten_thousandths(amount) AS
    CAST(CAST(amount AS DECIMAL(28, 4)) * 10000 AS HUGEINT);

-- How many ten-thousandths the minor unit of a currency with so many decimals is.
CREATE OR REPLACE TEMP MACRO minor_unit(decimals) AS
    CASE decimals WHEN 4 THEN 1 WHEN 3 THEN 10 WHEN 2 THEN 100 WHEN 1 THEN 1000 ELSE 10000 END;

-- What is left behind the whole units of an amount given in minor units: 7 with 3 decimals -> .007, nothing without decimals.
CREATE OR REPLACE TEMP MACRO fraction_text(minor_units, decimals) AS
    CASE WHEN decimals = 0 THEN ''
         ELSE '.' || lpad(CAST(minor_units % (10000 // minor_unit(decimals)) AS VARCHAR), decimals, '0') END;

CREATE OR REPLACE TEMP MACRO whole_units(minor_units, decimals) AS
    minor_units // (10000 // minor_unit(decimals));

-- The magnitude of an amount in minor units of its currency, rounded half away from zero.
CREATE OR REPLACE TEMP MACRO magnitude(amount, decimals) AS
    (2 * abs(ten_thousandths(amount)) + minor_unit(decimals)) // (2 * minor_unit(decimals));

CREATE OR REPLACE TEMP MACRO sign_text(amount, decimals) AS
    CASE WHEN amount < 0 AND magnitude(amount, decimals) > 0 THEN '-' ELSE '' END;

-- For people: 1234567.5 -> 1,234,567.50 with 2 decimals, 1,234,568 with none. Exact: integers are written, never a quotient.
CREATE OR REPLACE TEMP MACRO amount_text(amount, decimals) AS
    sign_text(amount, decimals)
    || format('{:,}', CAST(whole_units(magnitude(amount, decimals), decimals) AS BIGINT))
    || fraction_text(magnitude(amount, decimals), decimals);

-- For programs: 1234567.5 -> 1234567.50.
CREATE OR REPLACE TEMP MACRO plain_amount(amount, decimals) AS
    sign_text(amount, decimals)
    || CAST(whole_units(magnitude(amount, decimals), decimals) AS VARCHAR)
    || fraction_text(magnitude(amount, decimals), decimals);

-- total / n rounded half away from zero to the currency's decimals, in integers only: for showing a mean, never for deciding
-- by it. Both are whole numbers; total in ten-thousandths.
CREATE OR REPLACE TEMP MACRO exact_quotient(total, n, decimals) AS
    CAST(
        CAST(
            (CASE WHEN total < 0 THEN -1 ELSE 1 END)
            * ((2 * abs(CAST(total AS HUGEINT)) + CAST(n AS HUGEINT) * minor_unit(decimals))
               // (2 * CAST(n AS HUGEINT) * minor_unit(decimals)))
            * minor_unit(decimals) AS DECIMAL(38, 0)
        ) * CAST(0.0001 AS DECIMAL(4, 4)) AS DECIMAL(28, 4)
    );
