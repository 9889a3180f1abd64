-- Ids that several files of the batch bring and the ledger does not have: each file's first row, in the order of delivery.
WITH firsts AS (
    SELECT i.*
    FROM incoming_ids AS i
    ANTI JOIN rejected_files AS f ON f.ordinal = i.ordinal
    ANTI JOIN ledger_ids AS l
        ON l.external_id = i.external_id AND l.organization_id = i.organization_id
        AND l.account IS NOT DISTINCT FROM i.account
    QUALIFY row_number() OVER (
            PARTITION BY i.ordinal, i.organization_id, i.account, i.external_id ORDER BY i.row_number
        ) = 1
),
conflicting AS (
    FROM firsts
    QUALIFY count(*) OVER (PARTITION BY organization_id, account, external_id) > 1
)
SELECT
    ordinal,
    dense_rank() OVER (ORDER BY organization_id, account, external_id) AS id_number,
    dense_rank() OVER (ORDER BY content) AS content_number
FROM conflicting
ORDER BY ordinal
