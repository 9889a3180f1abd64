-- Who was paid most in each month, over all organizations: by currency, as amounts of different ones are never compared.
SELECT
    month, currency, min(vendor) AS vendor, count(DISTINCT organization_id) AS organizations, count(*) AS payments,
    CAST(sum(amount) AS DECIMAL(28, 4)) AS amount
FROM ledger_transactions
WHERE
    month BETWEEN $first AND $last
    AND type = 'expense'
    AND currency IN (SELECT unnest(CAST($currencies AS VARCHAR[])))
GROUP BY month, currency, vendor_key
QUALIFY row_number() OVER (PARTITION BY month, currency ORDER BY sum(amount) DESC, vendor_key) <= $most
ORDER BY month ASC, list_position($currencies, currency) ASC, amount DESC, vendor_key ASC
