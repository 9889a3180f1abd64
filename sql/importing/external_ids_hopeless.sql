-- Files that have a bad row whatever becomes of the other files of the batch: one that breaks a rule already, one that
-- differs from the ledger's row of its id, or two under one id that differ from each other.
SELECT ordinal FROM candidates WHERE broken_rule IS NOT NULL
UNION
SELECT c.ordinal
FROM claimed_ids AS c
JOIN held_ids AS h
    ON h.external_id = c.external_id AND h.organization_id = c.organization_id AND h.account IS NOT DISTINCT FROM c.account
WHERE c.content IS DISTINCT FROM h.content
UNION
SELECT ordinal
FROM claimed_ids
GROUP BY ordinal, organization_id, account, external_id
HAVING min(content) IS DISTINCT FROM max(content)
