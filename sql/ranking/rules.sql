-- Findings of rules that are about no vendor take part as signals of their own kind: evidence 0 for LOW, 20 for MEDIUM, 40 for
-- HIGH, the amount at stake as any stake.
CREATE OR REPLACE TEMP TABLE rule_subjects AS
SELECT
    CAST(-row_number() OVER (ORDER BY o.org, f.analyzer, f.fingerprint) AS INTEGER) AS vendor,
    o.org, f.analyzer, f.fingerprint,
    '(' || f.analyzer || ') ' || f.fingerprint AS subject,
    any_value(f.subject) AS name
FROM rule_findings AS f
JOIN ranked_organizations AS o USING (organization_id)
GROUP BY o.org, f.analyzer, f.fingerprint;

INSERT INTO found_signals
SELECT
    f.analyzer, o.org, s.vendor, month_number(f.month),
    20 * (f.severity - 1),
    20 * (f.severity - 1) + tenths(greatest(1, CAST(ten_thousandths(abs(f.amount)) AS BIGINT) // o.unit)) // 2,
    CAST(ten_thousandths(abs(f.amount)) AS BIGINT) // o.unit,
    NULL, 1, 0,
    CAST(to_json({name: f.title, message: f.message}) AS VARCHAR)
FROM rule_findings AS f
JOIN ranked_organizations AS o USING (organization_id)
JOIN rule_subjects AS s ON s.org = o.org AND s.analyzer = f.analyzer AND s.fingerprint = f.fingerprint
SEMI JOIN ranked_months AS m ON m.org = o.org AND m.month = month_number(f.month);
