"""The rules for a row by name, and what each says to a person: those of the fields in ``model.transaction``, and of whole rows.

Where a rule is broken is said in ``sql/importing/stage.sql``; ``suite`` checks the outcome independently. A test holds the
three together.
"""

from ledgerwatch_pipeline.model.transaction import FILE_FIELDS, ROW, Rule

RULES_VERSION = 3
"""Kept with each load that they decide; another number wherever a rule takes or refuses what it did not before."""

RULES: tuple[Rule, ...] = (
    Rule("fields_missing", ROW, "the row has fewer fields than the header"),
    Rule("fields_extra", ROW, "the row has more fields than the header: {value}"),
    *(rule for field in FILE_FIELDS for rule in field.all_rules),
)

KNOWN_ID = Rule("external_id_known", "external_id", "the ledger has this transaction already under the id {value}")
KNOWN_ROW = Rule("row_known", ROW, "the ledger has this transaction already: {value}")
"""No errors: why a row is skipped, for its id, or because its file overlaps the ledger and skips such rows."""

FOOTER = Rule("footer", ROW, "left out, since the profile's footer says that such a line ends the rows: {value}")
"""No error either; a last payment may have been taken for a footer, so each is listed."""

CHECKED_FIELDS = tuple(dict.fromkeys(rule.field for rule in RULES))
"""Fields that have rules, in the order they are reported; each has a column ``<field>_rule`` among the staged rows."""
