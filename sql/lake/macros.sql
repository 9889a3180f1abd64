-- What every text over the ledger may use. `transaction_id` says what model.load.transaction_id says: 12 bytes of the load's
-- id and the four of the row's number. As bytes it takes less than half the time of hexadecimal text.

CREATE OR REPLACE TEMP MACRO transaction_id(load_id, row_number) AS
    CAST(CAST(load_id AS BLOB)[1:12] || CAST(CAST(CAST(row_number AS UINTEGER) AS BIT) AS BLOB) AS UUID);

-- 12.3456 -> 123456: an amount as the whole number of its ten-thousandths, in which nothing overflows or is rounded.
CREATE OR REPLACE TEMP MACRO ten_thousandths(amount) AS
    CAST(CAST(amount AS DECIMAL(28, 4)) * 10000 AS HUGEINT);

-- How many ten-thousandths the minor unit of a currency with so many decimals is.
CREATE OR REPLACE TEMP MACRO minor_unit(decimals) AS
    CASE decimals WHEN 4 THEN 1 WHEN 3 THEN 10 WHEN 2 THEN 100 WHEN 1 THEN 1000 ELSE 10000 END;

-- A decimal with separators; `tail` is how many characters its text has from the decimal point on. The whole part and the rest
-- are written apart, as an integer and as they are: exactly.
CREATE OR REPLACE TEMP MACRO grouped(value, tail) AS
    CASE WHEN value < 1000 AND value > -1000 THEN CAST(value AS VARCHAR)  -- most amounts, in a fifth of the time
         ELSE CASE WHEN value < 0 THEN '-' ELSE '' END
              || format('{:,}', CAST(trunc(abs(value)) AS BIGINT))
              || right(CAST(value AS VARCHAR), tail) END;

-- For people: 1234567.5 -> 1,234,567.50 with 2 decimals, 1,234,568 with none. What is no whole minor unit is rounded half away
-- from zero.
CREATE OR REPLACE TEMP MACRO amount_text(amount, decimals) AS
    CASE decimals
        WHEN 2 THEN grouped(CAST(amount AS DECIMAL(28, 2)), 3)
        WHEN 0 THEN grouped(CAST(amount AS DECIMAL(28, 0)), 0)
        WHEN 3 THEN grouped(CAST(amount AS DECIMAL(28, 3)), 4)
        WHEN 4 THEN grouped(CAST(amount AS DECIMAL(28, 4)), 5)
        ELSE grouped(CAST(amount AS DECIMAL(28, 1)), 2)
    END;

-- For programs: 1234567.5 -> 1234567.50.
CREATE OR REPLACE TEMP MACRO plain_amount(amount, decimals) AS
    CASE decimals
        WHEN 2 THEN CAST(CAST(amount AS DECIMAL(28, 2)) AS VARCHAR)
        WHEN 0 THEN CAST(CAST(amount AS DECIMAL(28, 0)) AS VARCHAR)
        WHEN 3 THEN CAST(CAST(amount AS DECIMAL(28, 3)) AS VARCHAR)
        WHEN 4 THEN CAST(CAST(amount AS DECIMAL(28, 4)) AS VARCHAR)
        ELSE CAST(CAST(amount AS DECIMAL(28, 1)) AS VARCHAR)
    END;

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

-- The same of amounts below a billion, as a number of 64 bits: those of 128 are slow to divide.
CREATE OR REPLACE TEMP MACRO small_ten_thousandths(amount) AS
    CAST(CAST(amount AS DECIMAL(13, 4)) * CAST(10000 AS DECIMAL(5, 0)) AS BIGINT);

-- part / whole in percent, rounded half up to two decimals, for showing it; part >= 0, whole > 0.
CREATE OR REPLACE TEMP MACRO exact_percentage(part, whole) AS
    CASE WHEN part < 1000000000 AND whole < 1000000000
         THEN CAST(
             CAST((20000 * small_ten_thousandths(part) + small_ten_thousandths(whole)) // (2 * small_ten_thousandths(whole))
                  AS DECIMAL(18, 0)) * CAST(0.01 AS DECIMAL(2, 2)) AS DECIMAL(28, 2))
         ELSE CAST(exact_quotient(1000000 * ten_thousandths(part), ten_thousandths(whole), 2) AS DECIMAL(28, 2)) END;

-- A category as thresholds compare it: without case, white space collapsed and trimmed.
CREATE OR REPLACE TEMP MACRO category_key(category) AS
    lower(trim(regexp_replace(category, '[\s\p{Z}]+', ' ', 'g')));

-- The first and the last day of the bucket of a period (day, ISO week, month, quarter or year) that a day lies in.
CREATE OR REPLACE TEMP MACRO period_start(period, day) AS
    CASE period
        WHEN 'month' THEN CAST(date_trunc('month', day) AS DATE)
        WHEN 'week' THEN CAST(date_trunc('week', day) AS DATE)
        WHEN 'quarter' THEN CAST(date_trunc('quarter', day) AS DATE)
        WHEN 'year' THEN CAST(date_trunc('year', day) AS DATE)
        ELSE day
    END;
CREATE OR REPLACE TEMP MACRO period_end(period, day) AS
    CASE period
        WHEN 'month' THEN last_day(day)
        WHEN 'week' THEN CAST(date_trunc('week', day) AS DATE) + 6
        WHEN 'quarter' THEN last_day(CAST(date_trunc('quarter', day) AS DATE) + INTERVAL 2 MONTH)
        WHEN 'year' THEN last_day(CAST(date_trunc('year', day) AS DATE) + INTERVAL 11 MONTH)
        ELSE day
    END;
