-- What every text over the ledger may use. `transaction_id` says what model.load.transaction_id says.

CREATE OR REPLACE TEMP MACRO transaction_id(load_id, row_number) AS
    CAST(left(CAST(load_id AS VARCHAR), 28) || printf('%08x', row_number) AS UUID);

-- 1234567.5 -> 1,234,567.50, exactly: the whole part and the cents are formatted apart, as integers.
CREATE OR REPLACE TEMP MACRO amount_text(amount) AS
    CASE WHEN amount < 0 THEN '-' ELSE '' END
    || format('{:,}', CAST(trunc(abs(CAST(amount AS DECIMAL(24, 2)))) AS BIGINT))
    || right(CAST(CAST(amount AS DECIMAL(24, 2)) AS VARCHAR), 3);

-- total / n rounded half away from zero to cents, in integers only: for showing a mean, never for deciding by it.
CREATE OR REPLACE TEMP MACRO exact_quotient(total, n) AS
    CAST(
        (CASE WHEN total < 0 THEN -1 ELSE 1 END
         * ((2 * abs(CAST(CAST(total AS DECIMAL(24, 2)) * 100 AS HUGEINT)) + CAST(n AS HUGEINT)) // (2 * CAST(n AS HUGEINT))))
        AS DECIMAL(38, 0)
    ) * CAST(0.01 AS DECIMAL(3, 2));
