"""What a transaction is made of: the one description of its fields, from which all else about them follows.

From it come the columns of the lake's table, of the staged rows and of the import profiles, the rules for a row and the
checks of the expectations, the columns that people see, and docs/data-dictionary.md. A new optional text field is one entry
here; a field with a type of its own also needs its expression in ``sql/importing/stage.sql``.
"""

from dataclasses import dataclass
from typing import TypeAlias

TYPES = ("expense", "income", "refund")
"""What a transaction's ``type`` may be."""

AMOUNT_TYPE = "DECIMAL(16, 4)"


@dataclass(frozen=True, slots=True)
class Rule:
    """One way a row can be wrong; ``{value}`` in the message is the value as the file has it, ``{formats}`` how the
    profile writes dates, ``{meant}`` what its sign makes of an amount.

    field: the transaction's field, ``row`` when it is the row as a whole.
    """

    name: str
    field: str
    message: str


RuleText: TypeAlias = tuple[str, str]
"""What a rule's name has after the field's, and its message."""


@dataclass(frozen=True, slots=True)
class TransactionField:
    """One column of the ledger.

    about: what it holds, for people. mapped: a column of a delivered file may be mapped to it. required: the file must have
    it. nullable: the ledger may be without it. text: taken from the file as it is, trimmed, empty means absent, so that
    staging needs no expression of its own. max_length: in characters; the rule and the check ``<name>_length`` follow.
    rules: those beside ``<name>_required`` and ``<name>_length``. checks: names of the expectations beside
    ``<name>_present`` and ``<name>_length``; ``importing.check.suite`` says what they expect. json_name, sql_name: what it is called
    in JSON and CSV, and in the table ``ledger`` of people's own SQL; None: it is not there.
    """

    name: str
    sql_type: str
    about: str
    json_name: str | None
    sql_name: str | None
    mapped: bool = True
    required: bool = False
    nullable: bool = True
    text: bool = False
    max_length: int | None = None
    rules: tuple[RuleText, ...] = ()
    checks: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """What people call it: ``external id``."""
        return self.name.replace("_", " ")

    @property
    def all_rules(self) -> tuple[Rule, ...]:
        """Its rules, in the order in which they are listed."""
        rules = [Rule(f"{self.name}_{ending}", self.name, message) for ending, message in self.rules]
        if self.max_length is not None:
            message = f"the {self.words} is longer than {self.max_length:,} characters"
            rules.insert(0, Rule(f"{self.name}_length", self.name, message))
        if self.required:
            rules.insert(0, Rule(f"{self.name}_required", self.name, f"the {self.words} is empty"))
        return tuple(rules)

    @property
    def all_checks(self) -> tuple[str, ...]:
        """The names of the expectations on it, in the order in which they are listed."""
        present = (f"{self.name}_present",) if self.text and self.required else ()
        length = (f"{self.name}_length",) if self.max_length is not None else ()
        return (*present, *length, *self.checks)


def _text(
    name: str,
    about: str,
    max_length: int | None,
    *,
    required: bool = False,
    rules: tuple[RuleText, ...] = (),
    checks: tuple[str, ...] = (),
) -> TransactionField:
    """A field that is a text of the file."""
    return TransactionField(
        name,
        "VARCHAR",
        about,
        name,
        name,
        required=required,
        nullable=not required,
        text=True,
        max_length=max_length,
        rules=rules,
        checks=checks,
    )


def _system(name: str, sql_type: str, about: str, json_name: str | None, sql_name: str | None) -> TransactionField:
    """A field that LedgerWatch fills in."""
    return TransactionField(name, sql_type, about, json_name, sql_name, mapped=False, nullable=False)


FIELDS: tuple[TransactionField, ...] = (
    _system(
        "organization_id",
        "UUID",
        "The organization whose transaction it is; people see its slug.",
        "organization",
        "organization",
    ),
    _system("load_id", "UUID", "The load (file) it came in with.", "load_id", "load_id"),
    _system(
        "row_number",
        "UINTEGER",
        "Its row in that file, counted as docs/formats.md says.",
        "row_number",
        "row_number",
    ),
    TransactionField(
        "date",
        "DATE",
        "The day of the payment, as the file says.",
        "date",
        "date",
        required=True,
        nullable=False,
        rules=(
            ("format", "{value} is not a date written as {formats}"),
            ("calendar", "{value} is not a day of the calendar"),
            ("too_early", "{value} is before the first monitored month"),
            ("in_future", "{value} is after tomorrow (UTC)"),
        ),
        checks=("date_present", "date_monitored"),
    ),
    _system(
        "month",
        "DATE",
        "The first day of the date's month, by which the ledger is read; in SQL text, `YYYY-MM`.",
        None,
        "month",
    ),
    _text("vendor", "Who is paid, or who pays.", 255, required=True),
    _system(
        "vendor_key",
        "VARCHAR",
        "The vendor as vendors are compared: Unicode NFKC, case-folded, white space collapsed and trimmed.",
        None,
        "vendor_key",
    ),
    TransactionField(
        "amount",
        AMOUNT_TYPE,
        "How much, without a sign: exact, with at most the decimals of the organization's currency.",
        "amount",
        "amount",
        required=True,
        nullable=False,
        rules=(
            ("not_finite", "{value} is not a number that can be paid"),
            ("exponent", "{value} is written with an exponent; write it out"),
            ("both", "{value}: the column of debits and that of credits both hold an amount"),
            ("mark", "{value} stands beside a mark that the profile does not name (negative_marks, positive_marks)"),
            ("signed_twice", "{value} has a sign of its own beside the one that its column or its mark gives"),
            ("thousands", "{value} has a thousands separator the profile does not name, or a misplaced one"),
            ("format", "{value} is not an amount"),
            ("digits", "{value} has more than 12 digits before the decimal separator"),
            ("decimals", "{value} has more decimals than the currency; the profile may round (extra_decimals)"),
            ("negative", "{value} is negative; the profile says what that means (negative)"),
            ("zero", "{value} is zero; the profile says whether to skip it (zero)"),
        ),
        checks=("amount_exact", "amount_positive"),
    ),
    TransactionField(
        "type",
        "VARCHAR",
        "`expense`, `income` or `refund`: from the file, else from the sign and the organization's revenue categories.",
        "type",
        "type",
        nullable=False,
        rules=(
            ("unknown", "{value} is not expense, income, refund, debit or credit"),
            ("contradicts_sign", "the type is {value}, but the amount's sign makes it {meant}"),
        ),
        checks=("type_present", "type_known"),
    ),
    _text("category", "What it was for, in the payer's words.", 100),
    _text("description", "Anything else the payer says of it.", 10_000),
    _text("reference", "What the payer calls the invoice or document; it may repeat.", 255),
    TransactionField(
        "currency",
        "VARCHAR",
        "The organization's currency, a code of ISO 4217.",
        "currency",
        "currency",
        nullable=False,
        rules=(("differs", "{value} is not the organization's currency"),),
        checks=("currency_known", "currency_matches"),
    ),
    _text(
        "external_id",
        "What the source calls the transaction: one row of an organization and account.",
        255,
        rules=(("differs", "another transaction is in the ledger under the id {value}"),),
        checks=("external_id_agrees",),
    ),
    _text("account", "The account it was booked on; it tells external ids apart.", None),
)

FILE_FIELDS = tuple(field for field in FIELDS if field.mapped)
"""Those that a file may have columns for, in the order in which they are reported."""

REQUIRED_FIELDS = tuple(field.name for field in FILE_FIELDS if field.required)

ROW = "row"
"""Stands for a field where the row as a whole is meant."""

CONTENT_FIELDS = tuple(field.name for field in FILE_FIELDS if field.name not in ("vendor", "external_id", "account"))
"""What, with the vendor's key, makes two rows under one external id the same transaction."""

JSON_COLUMNS = (
    "id",
    "organization",
    *(field.json_name for field in FILE_FIELDS if field.json_name is not None),
    "load_id",
    "row_number",
)
"""The keys of a transaction in JSON and the columns in CSV; ``id`` is model.load.transaction_id."""

SQL_COLUMNS = (
    "transaction_id",
    "organization",
    *(each.sql_name for each in FIELDS if each.sql_name not in (None, "organization", "load_id", "row_number")),
    "load_id",
    "row_number",
)
"""The columns of the table ``ledger`` of people's own SQL."""
