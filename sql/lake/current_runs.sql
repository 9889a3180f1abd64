-- Which run holds for which month of which organization.
CREATE OR REPLACE TEMP TABLE current AS
SELECT
    CAST(unnest($ids) AS UUID) AS organization_id, unnest(CAST($months AS DATE[])) AS month,
    CAST(unnest($runs) AS UUID) AS run_id
