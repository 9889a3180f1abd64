-- Every claim but the one that holds its id. The ledger holds first, then the first row of an accepted file of the batch
-- delivered no later, then the first row of the file itself. A load that was written before a crash holds its own ids.
CREATE OR REPLACE TEMP TABLE judged_ids AS
WITH accepted_first AS (
    SELECT c.*
    FROM claimed_ids AS c
    ANTI JOIN turned_away AS t ON t.ordinal = c.ordinal
    QUALIFY row_number() OVER (
        PARTITION BY c.organization_id, c.account, c.external_id ORDER BY c.ordinal, c.row_number
    ) = 1
),
own_first AS (
    FROM claimed_ids
    QUALIFY row_number() OVER (
        PARTITION BY ordinal, organization_id, account, external_id ORDER BY row_number
    ) = 1
),
against AS (
    SELECT c.ordinal, c.row_number, c.external_id, c.load_id, c.content,
           CASE
               WHEN h.load_id IS NOT NULL THEN {load_id: h.load_id, row_number: h.row_number, content: h.content}
               WHEN a.ordinal < c.ordinal THEN {load_id: a.load_id, row_number: a.row_number, content: a.content}
               ELSE {load_id: o.load_id, row_number: o.row_number, content: o.content}
           END AS holder
    FROM claimed_ids AS c
    JOIN own_first AS o
        ON o.ordinal = c.ordinal AND o.external_id = c.external_id AND o.organization_id = c.organization_id
        AND o.account IS NOT DISTINCT FROM c.account
    LEFT JOIN accepted_first AS a
        ON a.external_id = c.external_id AND a.organization_id = c.organization_id
        AND a.account IS NOT DISTINCT FROM c.account
    LEFT JOIN held_ids AS h
        ON h.external_id = c.external_id AND h.organization_id = c.organization_id
        AND h.account IS NOT DISTINCT FROM c.account
)
SELECT ordinal, row_number, external_id, content IS NOT DISTINCT FROM holder.content AS known
FROM against
WHERE NOT (load_id = holder.load_id AND row_number = holder.row_number)
