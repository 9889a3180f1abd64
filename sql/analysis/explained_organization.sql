-- The organization of an alert that is explained, as look-ups of transactions want it.
CREATE OR REPLACE TEMP TABLE organizations AS
SELECT CAST($id AS UUID) AS id, CAST($slug AS VARCHAR) AS slug, CAST($decimals AS TINYINT) AS currency_decimals
