-- The first cases of each month in the scope, as many as the organization wants to see, with their signals. `current` names the
-- runs that hold; `budgets` says how many.
CREATE OR REPLACE TEMP TABLE listed_cases AS
WITH listed AS (
    SELECT c.*
    FROM lake.cases AS c
    JOIN budgets AS b ON b.organization_id = c.organization_id
    SEMI JOIN current AS r
        ON r.organization_id = c.organization_id AND r.month = c.month AND r.run_id = c.analysis_run_id
    WHERE c.rank <= b.budget AND c.month BETWEEN {{earliest}} AND {{latest}}
),
signals AS (
    SELECT s.*
    FROM lake.signals AS s
    SEMI JOIN listed AS l
        ON l.organization_id = s.organization_id AND l.month = s.month AND l.subject = s.subject
        AND l.analysis_run_id = s.analysis_run_id
    WHERE s.month BETWEEN {{earliest}} AND {{latest}}
),
said AS (
    SELECT
        organization_id, month, subject,
        CAST(to_json(list({
            kind: kind, evidence: evidence, strength: strength, stake: CAST(stake AS VARCHAR), findings: findings,
            weaker: weaker, as_strong: as_strong, of_months: of_months, rarity: rarity, points: points,
            figures: CAST(figures AS JSON)
        } ORDER BY points DESC, kind ASC)) AS VARCHAR) AS signals,
        flatten(list(transactions) FILTER (transactions IS NOT NULL)) AS transactions,
        bool_or(transactions IS NULL) AS of_whole_month,
        any_value(figures ->> 'name') AS name
    FROM signals
    GROUP BY ALL
),
-- The vendor as it is written last in the month, and all its payments of the month where a signal is about them.
paid AS (
    SELECT
        s.organization_id, s.month, s.subject, arg_max(t.vendor, (t.date, t.load_id, t.row_number)) AS name,
        list(transaction_id(t.load_id, t.row_number)) FILTER (s.of_whole_month AND t.type = 'expense') AS transactions
    FROM ledger_transactions AS t
    JOIN said AS s ON s.organization_id = t.organization_id AND s.month = t.month AND s.subject = t.vendor_key
    WHERE t.month BETWEEN {{earliest}} AND {{latest}}
    GROUP BY ALL
)
SELECT
    l.organization_id, l.month, l.subject, coalesce(p.name, s.name, l.subject) AS name, l.rank, l.score, l.stake, l.kinds,
    s.signals,
    list_sort(list_distinct(list_concat(coalesce(s.transactions, []), coalesce(p.transactions, [])))) AS transactions,
    l.version AS score_version, l.judged_as, l.judged_in, l.analysis_run_id
FROM listed AS l
JOIN said AS s ON s.organization_id = l.organization_id AND s.month = l.month AND s.subject = l.subject
LEFT JOIN paid AS p ON p.organization_id = l.organization_id AND p.month = l.month AND p.subject = l.subject
ORDER BY l.organization_id, l.month, l.rank
