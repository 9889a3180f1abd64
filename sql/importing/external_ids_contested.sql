-- Ids that several files of the batch claim and the ledger does not have: each file's first row, in the order of delivery.
WITH firsts AS (
    SELECT c.*
    FROM claimed_ids AS c
    ANTI JOIN turned_away AS t ON t.ordinal = c.ordinal
    ANTI JOIN held_ids AS h
        ON h.external_id = c.external_id AND h.organization_id = c.organization_id
        AND h.account IS NOT DISTINCT FROM c.account
    QUALIFY row_number() OVER (
        PARTITION BY c.ordinal, c.organization_id, c.account, c.external_id ORDER BY c.row_number
    ) = 1
),
contested AS (
    FROM firsts
    QUALIFY count(*) OVER (PARTITION BY organization_id, account, external_id) > 1
)
SELECT ordinal,
       dense_rank() OVER (ORDER BY organization_id, account, external_id) AS id_number,
       dense_rank() OVER (ORDER BY content) AS content_number
FROM contested
ORDER BY ordinal
