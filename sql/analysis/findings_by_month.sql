-- How many findings are staged, by organization and month.
SELECT organization_id, month, count(*) AS findings FROM staged_findings GROUP BY ALL
