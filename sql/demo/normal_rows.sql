-- The normal rows of the organizations whose plan is in the tables `line`, `org_month`, `calendar`, `business_day` and
-- `customer`, as table `posting`; $seed is bound. Everything is integer arithmetic on md5 draws, so that no rounding of
-- binary fractions, version of a hash function or number of threads decides a digit.
CREATE OR REPLACE TEMP TABLE posting AS
WITH
-- How many rows a line has in a month, how many it had before, and what they add up to (cents).
budget AS (
    SELECT
        line.org,
        line.line,
        line.kind,
        line.vendor,
        line.category,
        line.reference,
        line.modulus,
        line.shape,
        line.day,
        calendar.month,
        calendar.first_day,
        calendar.pay_day,
        calendar.business_days,
        org_month.customers,
        CASE line.kind WHEN 'customers' THEN org_month.income_rows ELSE line.rows END AS row_count,
        CASE line.kind
            WHEN 'fixed' THEN 0
            WHEN 'customers' THEN org_month.income_offset
            ELSE line.rows * calendar.month
        END AS rows_before,
        md5_number_lower(concat_ws(':', $seed, 'month', line.org, line.line, calendar.month)) AS chance,
        line.base
        * CASE WHEN line.kind = 'campaign' THEN org_month.campaign_level
            WHEN line.kind = 'customers' THEN calendar.season * org_month.income_level // 1000
            WHEN line.kind = 'fixed' THEN 1000
            ELSE calendar.season
        END // 1000
        * (1000 - line.noise + (chance % (2 * line.noise + 1))::BIGINT) // 1000 AS total
    FROM line
    JOIN org_month USING (org)
    JOIN calendar USING (month)
),
numbered AS (
    SELECT *, unnest(range(row_count)) AS nth FROM budget
),
-- Independent bits for each row: the same ones every month where the amount is the same every month.
drawn AS (
    SELECT
        *,
        rows_before + nth AS running,
        md5_number_lower(
            concat_ws(':', $seed, 'row', org, line, CASE kind WHEN 'fixed' THEN -1 ELSE month END, nth)
        ) AS bits
    FROM numbered
),
-- The cube of a sum of four even draws is skewed much like a log-normal, without a logarithm.
weighted AS (
    SELECT
        *,
        shape + ((bits & 63) + ((bits >> 6) & 63) + ((bits >> 12) & 63) + ((bits >> 18) & 63))::BIGINT AS height,
        height * height * height // 4096 AS weight
    FROM drawn
),
shared AS (
    SELECT
        *,
        least(total * weight // sum(weight) OVER (PARTITION BY org, line, month)::BIGINT, $cap) AS share,
        ((nth * 1024 + (chance >> 54)::BIGINT) * business_days) // (row_count * 1024) AS position,
        ((bits >> 24) & 65535)::BIGINT AS pick,
        -- A square: few customers pay often, many rarely.
        CASE kind WHEN 'customers' THEN (((pick * pick) >> 16) * customers) >> 16 END AS customer_position
    FROM weighted
)
SELECT
    shared.org,
    shared.month,
    CASE
        WHEN shared.day > 0 THEN shared.first_day + (shared.day - 1)::INTEGER
        WHEN shared.day < 0 THEN shared.pay_day
        ELSE business_day.date
    END AS date,
    coalesce(customer.name, shared.vendor) AS vendor,
    greatest(shared.share // modulus, 1) * modulus + running % (modulus - 1) AS cents,
    CASE shared.kind WHEN 'customers' THEN 'income' ELSE 'expense' END AS type,
    shared.category,
    CASE
        WHEN shared.day < 0 THEN concat(reference, ' ', strftime(first_day, '%Y-%m'), ' no. ', nth + 1)
        WHEN shared.kind IN ('fixed', 'bill') THEN concat(reference, ' ', strftime(first_day, '%Y-%m'))
        ELSE concat(reference, 100000 + line * 6007 % 800000 + running)
    END AS description,
    shared.line,
    shared.nth,
    (bits >> 40)::BIGINT AS shuffle
FROM shared
JOIN business_day USING (month, position)
LEFT JOIN customer
    ON customer.org = shared.org
    AND customer.position = shared.customer_position
-- Files are read from here one organization and period at a time.
ORDER BY shared.org, shared.month
