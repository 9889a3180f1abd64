-- The ledger's rows under the ids that the batch claims: one an id, since this is how they got in.
CREATE OR REPLACE TEMP TABLE held_ids AS
SELECT t.organization_id, t.account, t.external_id, t.load_id, t.row_number,
       {date: t.date, vendor_key: t.vendor_key, amount: t.amount, type: t.type, category: t.category,
        description: t.description, currency: t.currency} AS content
FROM lake.transactions AS t
SEMI JOIN claimed_ids AS c
    ON c.external_id = t.external_id AND c.organization_id = t.organization_id AND c.account IS NOT DISTINCT FROM t.account
QUALIFY row_number() OVER (
    PARTITION BY t.organization_id, t.account, t.external_id ORDER BY t.date, t.load_id, t.row_number
) = 1
