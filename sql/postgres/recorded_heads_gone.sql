-- The heads that the installation's chain has recorded of chains, now or ever, and that are not there any more; hash: what is
-- there instead, if anything. The first one is that of the chain that was cut or rewritten earliest.
WITH recorded AS (
    SELECT DISTINCT
        (head ->> 'chain')::UUID AS chain,
        (head ->> 'seq')::BIGINT AS seq,
        head ->> 'hash' AS hash
    FROM audit_events, jsonb_array_elements(metadata -> 'heads') AS head
    WHERE chain_id = :chain AND event_type = 'CHAIN_HEADS_RECORDED'
)

SELECT
    recorded.chain,
    recorded.seq,
    found.hash
FROM recorded
LEFT JOIN audit_events AS found ON found.chain_id = recorded.chain AND found.seq = recorded.seq
WHERE found.hash IS DISTINCT FROM recorded.hash
ORDER BY recorded.chain, recorded.seq
LIMIT 1
