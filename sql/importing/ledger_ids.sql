-- The ledger's rows under the ids that the batch brings: one an id, since this is how they got in. A row that the batch
-- replaces gives its id to the one that comes for it.
CREATE OR REPLACE TEMP TABLE ledger_ids AS
SELECT
    r.organization_id, r.account, r.external_id, r.load_id, r.row_number,
    {vendor_key: r.vendor_key, {{content}}} AS content
FROM ledger_transactions AS r
SEMI JOIN incoming_ids AS i
    ON i.external_id = r.external_id AND i.organization_id = r.organization_id AND i.account IS NOT DISTINCT FROM r.account
ANTI JOIN replaced_rows AS o ON o.load_id = r.load_id AND o.row_number = r.row_number
QUALIFY row_number() OVER (
        PARTITION BY r.organization_id, r.account, r.external_id ORDER BY r.date, r.load_id, r.row_number
    ) = 1
