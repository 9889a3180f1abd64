-- The audit log only grows, and only at the end of a chain: the end is a row that the insert itself moves.
CREATE FUNCTION refuse_change() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only: % of % is refused', TG_OP, TG_TABLE_NAME;
END
$$;

CREATE FUNCTION move_audit_head() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.seq = 1 AND NEW.previous_hash = repeat('0', 64) THEN
        INSERT INTO audit_heads (chain_id, seq, hash) VALUES (NEW.chain_id, 1, NEW.hash);
        RETURN NEW;
    END IF;
    UPDATE audit_heads SET seq = NEW.seq, hash = NEW.hash
    WHERE chain_id = NEW.chain_id AND seq = NEW.seq - 1 AND hash = NEW.previous_hash;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'audit event % of chain % does not follow its last one', NEW.seq, NEW.chain_id;
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER audit_events_no_change BEFORE UPDATE OR DELETE ON audit_events
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_events_no_truncate BEFORE TRUNCATE ON audit_events
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_events_at_the_end BEFORE INSERT ON audit_events
FOR EACH ROW EXECUTE FUNCTION move_audit_head();
