"""The names of the checks on staged rows, and the field each looks at.

Apart from ``expectations`` because Dagster needs the names when it loads the code location, long before Great
Expectations may be imported.
"""

CHECKS: dict[str, str] = {
    "fields": "row",
    "date_present": "date",
    "date_monitored": "date",
    "vendor_present": "vendor",
    "vendor_length": "vendor",
    "amount_exact": "amount",
    "amount_positive": "amount",
    "type_present": "type",
    "type_known": "type",
    "category_length": "category",
    "description_length": "description",
    "currency_known": "currency",
    "currency_matches": "currency",
    "external_id_length": "external_id",
    "external_id_agrees": "external_id",
}
