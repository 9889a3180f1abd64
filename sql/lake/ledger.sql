-- The ledger: what the accepted loads brought, without what corrections took out. Everything that reads the ledger reads these
-- three, and nothing else says what it is. Where nothing was taken out they are the lake's tables themselves.
CREATE OR REPLACE TEMP VIEW ledger_transactions AS
SELECT t.*
FROM lake.transactions AS t
ANTI JOIN taken_rows AS c ON c.load_id = t.load_id AND c.row_number = t.row_number
ANTI JOIN withdrawn AS w ON w.load_id = t.load_id;

-- Control totals of what is left of each load.
CREATE OR REPLACE TEMP VIEW ledger_totals AS
WITH taken AS (
    SELECT load_id, month, type, count(*) AS rows, sum(amount) AS amount
    FROM taken_rows
    GROUP BY ALL
)
SELECT
    t.load_id, t.organization_id, t.month, t.type,
    t.rows - coalesce(c.rows, 0) AS rows,
    CAST(t.amount - coalesce(c.amount, 0) AS DECIMAL(28, 4)) AS amount
FROM lake.load_totals AS t
LEFT JOIN taken AS c ON c.load_id = t.load_id AND c.month = t.month AND c.type = t.type
ANTI JOIN withdrawn AS w ON w.load_id = t.load_id
WHERE t.rows > coalesce(c.rows, 0);

-- The vendors of what is left of each load. Only for those that lost their first row are transactions looked at.
CREATE OR REPLACE TEMP VIEW ledger_vendors AS
SELECT v.load_id, v.organization_id, v.vendor_key, v.first_month
FROM lake.load_vendors AS v
ANTI JOIN withdrawn AS w ON w.load_id = v.load_id
ANTI JOIN taken_vendors AS c ON c.load_id = v.load_id AND c.vendor_key = v.vendor_key
UNION ALL BY NAME
SELECT t.load_id, t.organization_id, t.vendor_key, min(t.month) AS first_month
FROM ledger_transactions AS t
SEMI JOIN taken_vendors AS c ON c.load_id = t.load_id AND c.vendor_key = t.vendor_key
GROUP BY ALL;

-- What corrections took out, as it was.
CREATE OR REPLACE TEMP VIEW taken_out_transactions AS
SELECT t.*
FROM lake.transactions AS t
SEMI JOIN taken_rows AS c ON c.load_id = t.load_id AND c.row_number = t.row_number
UNION ALL BY NAME
SELECT t.*
FROM lake.transactions AS t
SEMI JOIN withdrawn AS w ON w.load_id = t.load_id
