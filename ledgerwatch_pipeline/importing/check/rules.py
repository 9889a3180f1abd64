"""The rules for a row (SPEC 3.3) by name, and what each says to a person.

The conditions themselves stand in ``sql/importing/stage.sql``; ``expectations`` checks the outcome independently. A test
holds the three together. ``{value}`` in a message is the value as the file has it.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """One way a row can be wrong: ``field`` is the transaction's field, ``row`` when it is the row as a whole."""

    name: str
    field: str
    message: str


RULES: tuple[Rule, ...] = (
    Rule("fields_missing", "row", "the row has fewer fields than the header"),
    Rule("fields_extra", "row", "the row has more fields than the header"),
    Rule("date_required", "date", "the date is empty"),
    Rule("date_format", "date", "{value} is not a date in a format of the profile (by default YYYY-MM-DD)"),
    Rule("date_calendar", "date", "{value} is not a day of the calendar"),
    Rule("date_too_early", "date", "{value} is before the first monitored month"),
    Rule("date_in_future", "date", "{value} is after tomorrow (UTC)"),
    Rule("vendor_required", "vendor", "the vendor is empty"),
    Rule("vendor_length", "vendor", "the vendor is longer than 255 characters"),
    Rule("amount_required", "amount", "the amount is empty"),
    Rule("amount_not_finite", "amount", "{value} is not a number that can be paid"),
    Rule("amount_exponent", "amount", "{value} is written with an exponent; write it out"),
    Rule(
        "amount_thousands", "amount", "{value} has a thousands separator the profile does not name, or a misplaced one"
    ),
    Rule("amount_format", "amount", "{value} is not an amount"),
    Rule("amount_digits", "amount", "{value} has more than 12 digits before the decimal separator"),
    Rule(
        "amount_decimals",
        "amount",
        "{value} has more decimals than the currency; the profile may round (extra_decimals)",
    ),
    Rule("amount_negative", "amount", "{value} is negative; the profile says what that means (negative)"),
    Rule("amount_zero", "amount", "{value} is zero; the profile says whether to skip it (zero)"),
    Rule("type_unknown", "type", "{value} is not expense, income, refund, debit or credit"),
    Rule("type_contradicts_sign", "type", "the type is {value}, but the amount's sign makes it a refund"),
    Rule("category_length", "category", "the category is longer than 100 characters"),
    Rule("description_length", "description", "the description is longer than 10,000 characters"),
    Rule("currency_differs", "currency", "{value} is not the organization's currency"),
    Rule("external_id_length", "external_id", "the external id is longer than 255 characters"),
    Rule("external_id_differs", "external_id", "another transaction is in the ledger under the id {value}"),
)

KNOWN_ID = Rule("external_id_known", "external_id", "the ledger has this transaction already under the id {value}")
"""No error: why a row is skipped."""

CHECKED_FIELDS = tuple(dict.fromkeys(rule.field for rule in RULES))
"""Fields that have rules, in the order they are reported; each has a column ``<field>_rule`` among the staged rows."""
