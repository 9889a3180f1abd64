"""The names of the checks on staged rows, and the field each looks at; both follow from ``model.transaction``.

Apart from ``suite`` because Dagster needs the names when it loads the code location, long before Great Expectations may be
imported.
"""

from ledgerwatch_pipeline.model.transaction import FILE_FIELDS, ROW

CHECKS: dict[str, str] = {"fields": ROW, **{check: field.name for field in FILE_FIELDS for check in field.all_checks}}
