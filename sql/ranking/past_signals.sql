-- The signals of earlier months that hold: `current` names their runs. Those of months that are ranked now are made anew.
INSERT INTO past_signals
SELECT s.kind, o.org, month_number(s.month), s.strength, s.findings
FROM lake.signals AS s
SEMI JOIN current AS c
    ON c.organization_id = s.organization_id AND c.month = s.month AND c.run_id = s.analysis_run_id
JOIN ranked_organizations AS o ON o.organization_id = s.organization_id
ANTI JOIN ranked_months AS r ON r.org = o.org AND r.month = month_number(s.month)
WHERE s.month BETWEEN {{earliest}} AND {{latest}}
    AND month_number(s.month) BETWEEN o.first_month - window_months() AND o.last_month
