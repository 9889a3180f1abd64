-- What a home holds, in one row.
SELECT
    (SELECT count(*) FROM organizations) AS organizations,
    (SELECT count(*) FROM loads WHERE status = 'RECEIVED') AS loads_received,
    (SELECT count(*) FROM loads WHERE status = 'ACCEPTED') AS loads_accepted,
    (SELECT count(*) FROM loads WHERE status = 'REJECTED') AS loads_rejected,
    (SELECT count(*) FROM alerts WHERE status = 'OPEN' AND severity = 3) AS open_high,
    (SELECT count(*) FROM alerts WHERE status = 'OPEN' AND severity = 2) AS open_medium,
    (SELECT count(*) FROM alerts WHERE status = 'OPEN' AND severity = 1) AS open_low,
    (SELECT count(*) FROM audit_events) AS audit_events,
    (SELECT count(*) FROM (SELECT DISTINCT organization_id, month FROM months_due) AS due) AS months_due
