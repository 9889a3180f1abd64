-- A destination was told of these alerts of an organization, beside those that it knows of.
INSERT INTO notified_alerts AS n (destination, organization_id, numbers)
VALUES (:destination, :organization, CAST(:numbers AS INT4MULTIRANGE))
ON CONFLICT (destination, organization_id) DO UPDATE SET numbers = n.numbers + excluded.numbers, notified_at = now()
