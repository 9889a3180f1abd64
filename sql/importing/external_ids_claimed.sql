-- The good rows of the batch that have an external id. Rows are equal when `content` is; a null account is an account.
CREATE OR REPLACE TEMP TABLE claimed_ids AS
SELECT b.organization_id, s.account, s.external_id, s.ordinal, b.load_id, s.row_number,
       {date: s.date, vendor_key: coalesce(k.vendor_key, lower(s.vendor)), amount: s.amount, type: s.type,
        category: s.category, description: s.description, currency: s.currency} AS content
FROM good_rows AS s
JOIN batch AS b USING (ordinal)
LEFT JOIN vendor_keys AS k USING (vendor)
WHERE s.external_id IS NOT NULL
