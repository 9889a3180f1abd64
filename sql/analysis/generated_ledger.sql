-- A small ledger for the conformance suite, the same for the same seed: ordinary rows, equal payments some days apart, refunds
-- of them, payments far above the rest, months without any row, two turns of the year; amounts with the currency's decimals.
CREATE OR REPLACE TABLE generated AS
WITH tenants AS (
    SELECT
        unnest(CAST($ids AS UUID[])) AS organization_id,
        unnest(CAST($currencies AS VARCHAR[])) AS currency,
        unnest(CAST($decimals AS INTEGER[])) AS decimals,
        unnest(CAST($rows AS INTEGER[])) AS rows
),
draws AS (
    SELECT
        t.*, r.i AS row_number, r.i % 4 AS place, t.organization_id || '/' || r.i // 4 || '/' || $seed AS draw,
        hash(t.organization_id, r.i, $seed, 'own') AS own
    FROM tenants AS t, range(t.rows) AS r (i)
),
-- Four rows a draw: a payment, perhaps its equal, perhaps a refund of it, and an unrelated row.
shaped AS (
    SELECT
        *,
        CASE WHEN place = 3 THEN draw || '+' ELSE draw END AS subject,
        CASE place WHEN 1 THEN own % 4 WHEN 2 THEN 1 + own % 40 ELSE 0 END AS days_later
    FROM draws
    WHERE place IN (0, 3) OR (place = 1 AND own % 100 < 35) OR (place = 2 AND own % 100 < 20)
),
valued AS (
    SELECT
        *,
        DATE '2022-11-01' + CAST(hash(subject, 'day') % 600 + days_later AS INTEGER) AS date,
        ['Acme', 'AWS', ' aws  Europe', 'O''Brien & {Sons}', 'Ünïted Ltd', 'Office "Best"', 'Rail', 'X'][
            CAST(1 + hash(subject, 'vendor') % 8 AS BIGINT)
        ]
            AS vendor,
        1
        + hash(subject, 'amount')
        % CASE WHEN hash(subject, 'size') % 40 = 0 THEN 90000 WHEN hash(subject, 'size') % 5 = 0 THEN 3 ELSE 800 END
            AS whole,
        hash(subject, 'fraction') % CASE decimals WHEN 0 THEN 1 WHEN 3 THEN 1000 ELSE 100 END AS fraction,
        CASE WHEN place = 2 THEN 'refund' WHEN hash(subject, 'type') % 10 = 0 THEN 'income'
            WHEN place = 3 AND hash(subject, 'type') % 10 = 1 THEN 'refund' ELSE 'expense'
        END AS type
    FROM shaped
)
SELECT
    organization_id,
    CAST(md5('load ' || organization_id || $seed) AS UUID) AS load_id,
    CAST(row_number + 1 AS UINTEGER) AS row_number,
    CAST(date_trunc('month', date) AS DATE) AS month,
    date,
    vendor,
    lower(trim(regexp_replace(vendor, '\s+', ' ', 'g'))) AS vendor_key,
    CAST(whole AS DECIMAL(16, 4))
    + CAST(fraction AS DECIMAL(9, 4)) * CASE decimals WHEN 3 THEN 0.001 WHEN 2 THEN 0.010 ELSE 0.000 END AS amount,
    type,
    CASE WHEN own % 7 = 0 THEN NULL WHEN type = 'income' THEN 'Revenue' ELSE 'Category ' || own % 4 END AS category,
    CASE WHEN own % 3 = 0 THEN 'Invoice ' || row_number END AS description,
    CASE WHEN own % 5 = 0 THEN 'R-' || hash(subject, 'reference') % 50 END AS reference,
    currency,
    CAST(NULL AS VARCHAR) AS external_id,
    CAST(NULL AS VARCHAR) AS account
FROM valued
WHERE hash(organization_id, date_trunc('month', date), $seed, 'gap') % 6 > 0
