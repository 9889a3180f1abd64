-- Whom or what a signal is about: a vendor; the batch (0); what a rule found that is about no vendor (below 0).
CREATE OR REPLACE TEMP TABLE subjects AS
SELECT vendor, vendor_key AS subject, CAST(NULL AS VARCHAR) AS name FROM vendors
UNION ALL
SELECT 0, '(batch)', 'Batch of references paid again'
UNION ALL
SELECT vendor, subject, name FROM rule_subjects;
