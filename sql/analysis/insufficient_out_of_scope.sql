-- A month that an analyzer has not enough data for and was not asked for, or without a reason.
SELECT i.month
FROM insufficient AS i
ANTI JOIN scope_months AS s ON s.organization_id = i.organization_id AND s.month = i.month AND i.reason IS NOT NULL
