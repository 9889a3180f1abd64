INSERT INTO lake.signals BY NAME
WITH listed AS (
    SELECT s.kind, s.org, s.vendor, s.month, unnest(s.payments) AS payment, generate_subscripts(s.payments, 1) AS place
    FROM scored_signals AS s
),
named AS (
    SELECT
        l.kind, l.org, l.vendor, l.month,
        list(transaction_id(d.load_id, CAST(l.payment & 4294967295 AS UINTEGER)) ORDER BY l.place) AS transactions
    FROM listed AS l
    JOIN source_loads AS d ON d.load = l.payment >> 32
    GROUP BY ALL
)
SELECT
    o.organization_id,
    CAST(month_start(s.month) AS DATE) AS month,
    u.subject,
    s.kind,
    s.evidence,
    s.strength,
    CAST(CAST(s.stake AS HUGEINT) * o.unit AS DECIMAL(28, 0)) * CAST(0.0001 AS DECIMAL(4, 4)) AS stake,
    s.findings,
    s.weaker,
    s.as_strong,
    s.of_months,
    s.rarity,
    s.points,
    s.figures,
    n.transactions,
    $run AS analysis_run_id
FROM scored_signals AS s
JOIN ranked_organizations AS o USING (org)
JOIN subjects AS u ON u.vendor = s.vendor
LEFT JOIN named AS n ON n.kind = s.kind AND n.org = s.org AND n.vendor = s.vendor AND n.month = s.month
ORDER BY o.organization_id, s.month
