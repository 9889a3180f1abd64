-- The good rows of the batch that have an external id. Rows are equal when `content` is; a null account is an account.
CREATE OR REPLACE TEMP TABLE incoming_ids AS
SELECT
    b.organization_id, r.account, r.external_id, r.ordinal, b.load_id, r.row_number,
    {vendor_key: coalesce(k.vendor_key, lower(r.vendor)), {{content}}} AS content
FROM good_rows AS r
JOIN batch AS b USING (ordinal)
LEFT JOIN vendor_keys AS k USING (vendor)
WHERE r.external_id IS NOT NULL
