-- Mutes whose day has come say so, once.
UPDATE mutes SET ended_how = 'expired', ended_by = 'system', ended_at = now()
WHERE ended_at IS NULL AND until <= :today
RETURNING organization_id, number, id, NULL::INT AS alert, NULL::TEXT AS subject
