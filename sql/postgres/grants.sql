-- The rights of a role that LedgerWatch works as: it reads and writes, and cannot change what is recorded, nor the schema. What
-- DuckLake and Dagster keep is its own, as they make and change their tables themselves. Said again it changes nothing.
GRANT USAGE ON SCHEMA ledgerwatch TO {{role}};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ledgerwatch TO {{role}};
ALTER DEFAULT PRIVILEGES IN SCHEMA ledgerwatch GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {{role}};

REVOKE CREATE ON SCHEMA ledgerwatch FROM {{role}};
REVOKE TRUNCATE, REFERENCES, TRIGGER ON ALL TABLES IN SCHEMA ledgerwatch FROM {{role}};
REVOKE UPDATE, DELETE ON audit_events, audit_verifications FROM {{role}};
REVOKE INSERT, UPDATE, DELETE ON audit_heads, alembic_version FROM {{role}};

DO $$
DECLARE
    other RECORD;
BEGIN
    EXECUTE format('GRANT CONNECT, CREATE, TEMPORARY ON DATABASE %I TO {{role}}', current_database());
    IF current_setting('server_version_num')::INTEGER >= 170000 THEN
        GRANT MAINTAIN ON alerts, cases TO {{role}}; -- whose statistics are made anew when many rows came
    END IF;
    FOR other IN SELECT nspname FROM pg_namespace WHERE nspname IN ('ducklake', 'dagster') LOOP
        EXECUTE format('ALTER SCHEMA %I OWNER TO {{role}}', other.nspname);
    END LOOP;
    FOR other IN
        SELECT oid::REGCLASS AS name
        FROM pg_class
        WHERE relnamespace IN (SELECT oid FROM pg_namespace WHERE nspname IN ('ducklake', 'dagster'))
            AND relkind IN ('r', 'p', 'v') AND relowner <> '{{role}}'::REGROLE
    LOOP
        EXECUTE format('ALTER TABLE %s OWNER TO {{role}}', other.name); -- its indexes and sequences with it
    END LOOP;
END
$$
