-- The same references again for ten or more vendors in one month: one event, and not many. `reference_findings` has those of
-- same_ref and same_desc, `past_signals` how many of them the months before had.
WITH monthly AS (
    SELECT
        org, month, count(*) AS findings, count(DISTINCT vendor) AS vendors, count(DISTINCT payments[2]) AS payments
    FROM reference_findings
    GROUP BY ALL
),
counts AS (
    SELECT org, month, findings FROM monthly
    UNION ALL
    SELECT p.org, p.month, p.findings
    FROM past_signals AS p
    WHERE p.kind IN ('same_ref', 'same_desc', 'batch')
),
batches AS (
    SELECT m.org, m.month, m.findings, m.vendors, m.payments
    FROM monthly AS m
    JOIN organization_months AS o ON o.org = m.org AND o.month = m.month
    LEFT JOIN counts AS c ON c.org = m.org AND c.month BETWEEN m.month - window_months() AND m.month - 1
    WHERE m.payments >= 20 AND m.vendors >= 10
    GROUP BY m.org, m.month, m.findings, m.vendors, m.payments, o.age
    HAVING m.findings * least(o.age - 1, window_months()) >= 10 * coalesce(sum(c.findings), 0)
),
pairs AS (
    SELECT DISTINCT org, month, payments[1] AS first_payment, payments[2] AS payment, stake
    FROM reference_findings
),
strongest AS (
    SELECT org, month, max(evidence) AS evidence
    FROM reference_findings
    GROUP BY ALL
),
gathered AS (
    SELECT
        b.org, b.month, b.findings, b.vendors, b.payments AS again, s.evidence,
        CAST(sum(p.stake) AS BIGINT) AS stake,
        list_sort(list_distinct(list_concat(list(p.first_payment), list(p.payment)))) AS payments,
        mode(p.first_payment >> 32 ORDER BY p.first_payment) AS first_load,
        mode(p.payment >> 32 ORDER BY p.payment) AS last_load
    FROM batches AS b
    JOIN strongest AS s ON s.org = b.org AND s.month = b.month
    JOIN pairs AS p ON p.org = b.org AND p.month = b.month
    GROUP BY b.org, b.month, b.findings, b.vendors, b.payments, s.evidence
)
SELECT
    g.org, 0 AS vendor, g.month, g.evidence, g.stake, g.payments,
    {
        findings: g.findings, vendors: g.vendors, again: g.again, together: g.stake,
        first_load: CAST(f.load_id AS VARCHAR), last_load: CAST(l.load_id AS VARCHAR)
    } AS figures
FROM gathered AS g
JOIN source_loads AS f ON f.load = g.first_load
JOIN source_loads AS l ON l.load = g.last_load
