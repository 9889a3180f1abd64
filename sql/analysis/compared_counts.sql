-- How many findings of a month have a fate, and severities before and after.
SELECT fate, month, before, after, count(*) AS findings
FROM compared
GROUP BY ALL
ORDER BY month, fate, before, after
