-- The audit log's triggers anew: on the chains' ends and the record of verifications too, and once a statement.
DROP TRIGGER audit_events_no_change ON audit_events;
DROP TRIGGER audit_events_no_truncate ON audit_events;
DROP TRIGGER audit_events_at_the_end ON audit_events;
DROP FUNCTION move_audit_head();
DROP FUNCTION refuse_change();

-- The audit log only grows, and only at the end of a chain: the end is a row that the insert itself moves. The triggers fire
-- always, also for who says that the session replays a replica.
CREATE FUNCTION refuse_change() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only: % of % is refused', TG_OP, TG_TABLE_NAME;
END
$$;

-- With the rights of the tables' owner: who appends need not be able to write the chains' ends. Each added event has to follow
-- the one before it in the statement, the first one of a chain the chain's end. Of two transactions that append to one chain at
-- once the key of audit_events lets one through.
CREATE FUNCTION move_audit_heads() RETURNS TRIGGER LANGUAGE plpgsql
SECURITY DEFINER SET search_path = ledgerwatch, pg_temp AS $$
DECLARE
    misfit RECORD;
BEGIN
    SELECT placed.chain_id, placed.seq INTO misfit
    FROM (
        SELECT
            added.chain_id,
            added.seq,
            added.previous_hash,
            coalesce(lag(added.seq) OVER chain, head.seq, 0) AS seq_before,
            coalesce(lag(added.hash) OVER chain, head.hash, repeat('0', 64)) AS hash_before
        FROM added
        LEFT JOIN audit_heads AS head ON head.chain_id = added.chain_id
        WINDOW chain AS (PARTITION BY added.chain_id ORDER BY added.seq)
    ) AS placed
    WHERE placed.seq <> placed.seq_before + 1 OR placed.previous_hash <> placed.hash_before
    ORDER BY placed.chain_id, placed.seq
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'audit event % of chain % does not follow its last one', misfit.seq, misfit.chain_id;
    END IF;
    INSERT INTO audit_heads (chain_id, seq, hash)
    SELECT DISTINCT ON (added.chain_id) added.chain_id, added.seq, added.hash
    FROM added
    ORDER BY added.chain_id, added.seq DESC
    ON CONFLICT (chain_id) DO UPDATE SET seq = excluded.seq, hash = excluded.hash;
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION move_audit_heads() FROM public;

CREATE TRIGGER audit_events_no_change BEFORE UPDATE OR DELETE ON audit_events
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_events_no_truncate BEFORE TRUNCATE ON audit_events
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_events_at_the_end AFTER INSERT ON audit_events REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION move_audit_heads();
CREATE TRIGGER audit_heads_no_change BEFORE INSERT OR UPDATE OR DELETE ON audit_heads
FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_heads_no_truncate BEFORE TRUNCATE ON audit_heads
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_verifications_no_change BEFORE UPDATE OR DELETE ON audit_verifications
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_verifications_no_truncate BEFORE TRUNCATE ON audit_verifications
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE audit_events
ENABLE ALWAYS TRIGGER audit_events_no_change,
ENABLE ALWAYS TRIGGER audit_events_no_truncate,
ENABLE ALWAYS TRIGGER audit_events_at_the_end;
ALTER TABLE audit_heads
ENABLE ALWAYS TRIGGER audit_heads_no_change,
ENABLE ALWAYS TRIGGER audit_heads_no_truncate;
ALTER TABLE audit_verifications
ENABLE ALWAYS TRIGGER audit_verifications_no_change,
ENABLE ALWAYS TRIGGER audit_verifications_no_truncate;
