-- Of the staged findings the one that an alert is about.
DELETE FROM staged_findings WHERE {{fingerprint}} <> $fingerprint
