-- What people do to alerts. The vendor that an alert is about is kept as a key, by which it is found and its case is told. Both
-- indexes are of what people did: raising an alert writes to neither.
ALTER TABLE alerts ADD COLUMN vendor_key TEXT;
COMMENT ON COLUMN alerts.vendor_key IS 'key of the vendor that its evidence names; null: it is about none';
CREATE INDEX alerts_resolved_of_vendor ON alerts (organization_id, vendor_key) WHERE status = 'RESOLVED';
CREATE INDEX alerts_of_assignee ON alerts (organization_id, assignee, rank_key, number) WHERE assignee IS NOT NULL;
