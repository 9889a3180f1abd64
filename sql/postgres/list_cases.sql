-- From the lists of the months ranked (temporary table `listed`) to cases. New ones get
-- their organization's next numbers in the
-- order of months and ranks; those that are there take over rank and signals unless somebody has resolved them; those that are
-- in no list any more stay, and say so.
WITH updated AS (
    UPDATE cases AS c SET
        name = l.name, rank = l.rank, score = l.score, stake = l.stake, kinds = l.kinds::TEXT[], signals = l.signals::JSONB,
        transactions = l.transactions, judged_as = l.judged_as, judged_in = l.judged_in, listed = TRUE,
        analysis_run_id = l.analysis_run_id, version = c.version + 1
    FROM listed AS l
    WHERE c.organization_id = l.organization_id AND c.month = l.month AND c.subject = l.subject
        AND c.score_version = l.score_version
        AND c.status <> 'RESOLVED'
        AND (c.rank, c.score, c.stake, c.kinds, c.signals, c.transactions, c.judged_in, c.listed)
        IS DISTINCT FROM (l.rank, l.score, l.stake, l.kinds::TEXT[], l.signals::JSONB, l.transactions, l.judged_in, TRUE)
    RETURNING c.organization_id
),
gone AS (
    UPDATE cases AS c SET listed = FALSE, version = c.version + 1
    FROM listed_scope AS s
    WHERE c.organization_id = s.organization_id AND c.month BETWEEN s.first_month AND s.last_month
        AND c.listed AND c.status <> 'RESOLVED'
        AND NOT EXISTS (
            SELECT 1 FROM listed AS l
            WHERE l.organization_id = c.organization_id AND l.month = c.month AND l.subject = c.subject
                AND l.score_version = c.score_version
        )
    RETURNING c.organization_id
),
fresh AS (
    SELECT
        l.*, row_number() OVER (PARTITION BY l.organization_id ORDER BY l.month, l.rank) AS place
    FROM listed AS l
    WHERE NOT EXISTS (
            SELECT 1 FROM cases AS c
            WHERE c.organization_id = l.organization_id AND c.month = l.month AND c.subject = l.subject
                AND c.score_version = l.score_version
        )
),
counted AS (
    INSERT INTO case_counters AS c (organization_id, last_number)
    SELECT organization_id, count(*) FROM fresh GROUP BY organization_id
    ON CONFLICT (organization_id) DO UPDATE SET last_number = c.last_number + excluded.last_number
    RETURNING organization_id, last_number
),
inserted AS (
    INSERT INTO cases (
        organization_id, number, id, month, subject, name, rank, score, stake, kinds, signals, transactions, score_version,
        judged_as, judged_in, listed, analysis_run_id
    )
    SELECT
        f.organization_id, c.last_number - max(f.place) OVER (PARTITION BY f.organization_id) + f.place,
        md5(concat_ws('|', f.organization_id, f.month, f.score_version, f.subject))::UUID, f.month, f.subject, f.name, f.rank,
        f.score, f.stake, f.kinds::TEXT[], f.signals::JSONB, f.transactions, f.score_version, f.judged_as, f.judged_in, TRUE,
        f.analysis_run_id
    FROM fresh AS f
    JOIN counted AS c USING (organization_id)
    RETURNING organization_id
)
SELECT 'new' AS what, organization_id, count(*) AS n FROM inserted GROUP BY organization_id
UNION ALL
SELECT 'changed', organization_id, count(*) FROM updated GROUP BY organization_id
UNION ALL
SELECT 'left', organization_id, count(*) FROM gone GROUP BY organization_id
ORDER BY organization_id, what
