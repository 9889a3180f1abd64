-- What corrections have taken out of the ledger by now: rows, each once, of loads that stand; and loads as a whole.
-- An organization's corrections are in order: a row that is out is brought back, and then may be taken out again.
CREATE OR REPLACE TEMP TABLE withdrawn AS
SELECT DISTINCT organization_id, load_id FROM lake.withdrawn_loads;

CREATE OR REPLACE TEMP TABLE taken_rows AS
SELECT organization_id, load_id, row_number, month, vendor_key, type, amount
FROM (SELECT DISTINCT * FROM lake.taken_out) AS c
ANTI JOIN withdrawn AS w ON w.load_id = c.load_id
GROUP BY ALL
HAVING sum(sign) > 0;

-- Vendors of loads that may have lost the row by which they were first seen.
CREATE OR REPLACE TEMP TABLE taken_vendors AS
SELECT DISTINCT t.load_id, t.vendor_key
FROM taken_rows AS t
JOIN lake.load_vendors AS v
    ON v.load_id = t.load_id AND v.vendor_key = t.vendor_key AND v.first_month = t.month
