-- Plain rows of which something is to be said yet: from `typed` into `explained`, where every rule and the outcome have a
-- column. The table {{rows}} has their ordinals and row numbers.
INSERT INTO explained BY NAME
SELECT p.*
FROM plain_rows AS p
SEMI JOIN {{rows}} AS n ON n.ordinal = p.ordinal AND n.row_number = p.row_number;

DELETE FROM typed
WHERE rowid IN (SELECT n.row_number + f.row_offset FROM {{rows}} AS n JOIN typed_files AS f USING (ordinal));
