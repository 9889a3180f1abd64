-- The alerts that there are in the scope's hull, as PostgreSQL copied them out (sql/postgres/alerts_of_scope.sql).
CREATE OR REPLACE TEMP TABLE told AS
FROM read_csv(
        $file,
        header = false, auto_detect = false, delim = ',', quote = '"', escape = '"',
        columns = {
            organization_id: 'UUID', number: 'INTEGER', fingerprint: 'VARCHAR', month: 'DATE', content: 'UUID',
            unresolved: 'BOOLEAN', no_longer_held: 'BOOLEAN'
        }
    )
