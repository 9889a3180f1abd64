-- The organizations that ask to be evaluated again with more of their ledger. Who sees all there is of it has nothing more to
-- ask for.
SELECT DISTINCT f.organization_id
FROM fresh_findings AS f
SEMI JOIN scope AS s ON s.organization_id = f.organization_id AND s.since > DATE '0001-01-01'
WHERE f.needs_earlier
