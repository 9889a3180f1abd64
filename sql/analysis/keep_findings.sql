-- The fresh findings that hold: those of organizations that do not ask for more.
INSERT INTO staged_findings FROM fresh_findings WHERE NOT list_contains(CAST($asking AS UUID[]), organization_id)
