-- The vendors of these organizations whose keys are closest to what was asked for, itself first if there is one.
SELECT t.vendor_key
FROM ledger_transactions AS t
SEMI JOIN reported AS o ON o.id = t.organization_id
GROUP BY t.vendor_key
ORDER BY t.vendor_key = $vendor_key DESC, jaro_winkler_similarity(t.vendor_key, $vendor_key) DESC, t.vendor_key
LIMIT 3
