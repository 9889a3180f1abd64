-- What PostgreSQL's COPY reads (sql/postgres/raised.sql): `changed_findings` with the vendor's key. `odd_vendors` has those
-- that lower() alone does not give.
SELECT f.* EXCLUDE (vendor), coalesce(k.vendor_key, lower(f.vendor)) AS vendor_key
FROM changed_findings AS f
LEFT JOIN odd_vendors AS k ON k.vendor = f.vendor
