-- Every incoming row but the one that has its id. The ledger comes first, then the first row of an accepted file of the batch
-- delivered no later, then the first row of the file itself. A load that was written before a crash has its own ids.
CREATE OR REPLACE TEMP TABLE judged_ids AS
WITH accepted_first AS (
    SELECT i.*
    FROM incoming_ids AS i
    ANTI JOIN rejected_files AS f ON f.ordinal = i.ordinal
    QUALIFY row_number() OVER (
        PARTITION BY i.organization_id, i.account, i.external_id ORDER BY i.ordinal, i.row_number
    ) = 1
),
own_first AS (
    FROM incoming_ids
    QUALIFY row_number() OVER (
        PARTITION BY ordinal, organization_id, account, external_id ORDER BY row_number
    ) = 1
),
against AS (
    SELECT i.ordinal, i.row_number, i.external_id, i.load_id, i.content,
           CASE
               WHEN l.load_id IS NOT NULL THEN {load_id: l.load_id, row_number: l.row_number, content: l.content}
               WHEN a.ordinal < i.ordinal THEN {load_id: a.load_id, row_number: a.row_number, content: a.content}
               ELSE {load_id: o.load_id, row_number: o.row_number, content: o.content}
           END AS owner
    FROM incoming_ids AS i
    JOIN own_first AS o
        ON o.ordinal = i.ordinal AND o.external_id = i.external_id AND o.organization_id = i.organization_id
        AND o.account IS NOT DISTINCT FROM i.account
    LEFT JOIN accepted_first AS a
        ON a.external_id = i.external_id AND a.organization_id = i.organization_id
        AND a.account IS NOT DISTINCT FROM i.account
    LEFT JOIN ledger_ids AS l
        ON l.external_id = i.external_id AND l.organization_id = i.organization_id
        AND l.account IS NOT DISTINCT FROM i.account
)
SELECT ordinal, row_number, external_id, content IS NOT DISTINCT FROM owner.content AS known
FROM against
WHERE NOT (load_id = owner.load_id AND row_number = owner.row_number)
