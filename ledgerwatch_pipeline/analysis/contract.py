"""What an analyzer is: a declaration and two SQL texts, as values that are checked when they are built.

``evaluate`` runs them, ``registry`` finds them, ``inspection`` reads their SQL, ``conformance`` holds them to the rules that
every analyzer must keep. Nothing here touches a database.

The SQL of an analyzer reads the relations below and nothing else, and gives one row a finding:

- organization_id, month (a month in scope), kind (one of ``messages``), key (what makes it the same finding again),
  severity (``'LOW'``, ``'MEDIUM'``, ``'HIGH'``), subject, at_stake (an amount), transactions (``UUID[]``);
- the columns that its evidence and its messages name;
- needs_earlier, if ``rereads``: true asks for the organization's ledger from further back, and then the row is not used.
"""

import re
import string
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from ledgerwatch_pipeline.model.errors import LedgerWatchError, UnknownThingError, UsageError
from ledgerwatch_pipeline.model.month import Month
from ledgerwatch_pipeline.model.threshold import Threshold

ParameterValue = Decimal | str | bool

IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{0,62}")
_TEXT_LIMIT = 1_000
_AMOUNT_DIGITS = Decimal(10) ** 14


class ContractError(LedgerWatchError):
    """An analyzer that does not keep the contract; says which and what is wrong with it."""

    def __init__(self, analyzer: str, problem: str) -> None:
        self.analyzer = analyzer
        self.problem = problem
        super().__init__(f"analyzer {analyzer}: {problem}")


class Input(StrEnum):
    """What an analyzer may read beside its scope and parameters. A new input is an entry here and in ``RELATIONS``."""

    LEDGER = "ledger"
    MONTHS = "months"
    ORGANIZATIONS = "organizations"
    SINCE_OPENING = "since_opening"
    VENDORS = "vendors"
    THRESHOLDS = "thresholds"


RELATIONS: Mapping[str, Mapping[str, str]] = {
    # Transactions of the organizations in scope, from `since` to the end of the last month in scope of each.
    Input.LEDGER: {
        "organization_id": "UUID",
        "transaction_id": "UUID",
        "load_id": "UUID",
        "row_number": "UINTEGER",
        "month": "DATE",
        "date": "DATE",
        "vendor": "VARCHAR",
        "vendor_key": "VARCHAR",
        "amount": "DECIMAL(16, 4)",
        "type": "VARCHAR",
        "category": "VARCHAR",
        "description": "VARCHAR",
        "reference": "VARCHAR",
        "currency": "VARCHAR",
        "external_id": "VARCHAR",
        "account": "VARCHAR",
    },
    # Totals by month and type, from the ledger's beginning to the last month in scope.
    Input.MONTHS: {
        "organization_id": "UUID",
        "month": "DATE",
        "type": "VARCHAR",
        "rows": "BIGINT",
        "amount": "DECIMAL(28, 4)",
    },
    Input.ORGANIZATIONS: {
        "organization_id": "UUID",
        "currency": "VARCHAR",
        "currency_decimals": "TINYINT",
        "opening_balance": "DECIMAL(18, 4)",
        "opening_date": "DATE",
    },
    # Totals by month and type of what is dated on an organization's opening date or later, to its last month in scope; no row
    # for one without an opening date.
    Input.SINCE_OPENING: {
        "organization_id": "UUID",
        "month": "DATE",
        "type": "VARCHAR",
        "amount": "DECIMAL(28, 4)",
    },
    # The vendors of an organization up to its last month in scope, and the month of the first row of each, of any type.
    Input.VENDORS: {
        "organization_id": "UUID",
        "vendor_key": "VARCHAR",
        "first_month": "DATE",
    },
    # Budget limits. scope_value: the vendor's key or the category's (``category_key``) to compare with; scope_name: as written.
    Input.THRESHOLDS: {
        "organization_id": "UUID",
        "threshold": "VARCHAR",
        "name": "VARCHAR",
        "period": "VARCHAR",
        "scope_kind": "VARCHAR",
        "scope_value": "VARCHAR",
        "scope_name": "VARCHAR",
        "type": "VARCHAR",
        "operator": "VARCHAR",
        "amount": "DECIMAL(18, 4)",
        "warn_at": "DECIMAL(18, 4)",
        "severity": "VARCHAR",
        "valid_from": "DATE",
        "valid_to": "DATE",
    },
    # The ranges of months analysed; an organization may have several, with gaps. `since`: the first day its ledger shows.
    "scope": {"organization_id": "UUID", "first_month": "DATE", "last_month": "DATE", "since": "DATE"},
    # The same, a row a month.
    "scope_months": {"organization_id": "UUID", "month": "DATE"},
    # Besides, a column a parameter: DECIMAL(18, 4), VARCHAR or BOOLEAN.
    "parameters": {"organization_id": "UUID"},
}
"""Every relation an analyzer's SQL can read: column → SQL type. ``scope``, ``scope_months`` and ``parameters`` always are."""


@dataclass(frozen=True, slots=True)
class DecimalParameter:
    """A figure between ``minimum`` and ``maximum``, both included, with at most ``decimals`` decimals (0: a whole number)."""

    name: str
    default: Decimal
    minimum: Decimal
    meaning: str
    maximum: Decimal = Decimal(1_000_000)
    decimals: int = 4

    sql_type = "DECIMAL(18, 4)"

    def __post_init__(self) -> None:
        _require_identifier("parameter", self.name)
        if not 0 <= self.decimals <= 4:
            raise ValueError(f"parameter {self.name}: decimals lie between 0 and 4, not at {self.decimals}")
        if max(abs(self.minimum), abs(self.maximum)) >= _AMOUNT_DIGITS:
            raise ValueError(f"parameter {self.name}: bounds have at most 14 digits before the decimal separator")
        try:
            self.parse(self.written(self.default))
        except UsageError as error:
            raise ValueError(f"the default of parameter {error}") from error

    def parse(self, text: str) -> Decimal:
        """The value written in ``text``, exactly; raises UsageError saying what would be right."""
        if not re.fullmatch(r"-?[0-9]{1,20}([.][0-9]{1,20})?", text):
            raise UsageError(f"{self.name} is a number such as {self.default}, not {text!r}")
        value = Decimal(text)
        if value != round(value, self.decimals):
            kind = f"has at most {self.decimals} decimals" if self.decimals else "is a whole number"
            raise UsageError(f"{self.name} {kind}, not {text}")
        if not self.minimum <= value <= self.maximum:
            raise UsageError(f"{self.name} lies between {self.minimum} and {self.maximum}, not at {text}")
        return value

    @staticmethod
    def written(value: ParameterValue) -> str:
        """A value as ``parse`` reads it."""
        return f"{value:f}" if isinstance(value, Decimal) else str(value)


@dataclass(frozen=True, slots=True)
class ChoiceParameter:
    """One of some words."""

    name: str
    default: str
    choices: tuple[str, ...]
    meaning: str

    sql_type = "VARCHAR"

    def __post_init__(self) -> None:
        _require_identifier("parameter", self.name)
        if self.default not in self.choices:
            raise ValueError(
                f"parameter {self.name}: its default {self.default!r} is none of {', '.join(self.choices)}"
            )

    def parse(self, text: str) -> str:
        """The choice called ``text``; raises UsageError naming all of them."""
        if text not in self.choices:
            raise UsageError(f"{self.name} is one of {', '.join(self.choices)}, not {text!r}")
        return text

    @staticmethod
    def written(value: ParameterValue) -> str:
        """A value as ``parse`` reads it."""
        return str(value)


@dataclass(frozen=True, slots=True)
class FlagParameter:
    """Yes or no."""

    name: str
    default: bool
    meaning: str

    sql_type = "BOOLEAN"

    def __post_init__(self) -> None:
        _require_identifier("parameter", self.name)

    def parse(self, text: str) -> bool:
        """Reads ``true`` or ``false``; raises UsageError for anything else."""
        if text not in ("true", "false"):
            raise UsageError(f"{self.name} is true or false, not {text!r}")
        return text == "true"

    @staticmethod
    def written(value: ParameterValue) -> str:
        """A value as ``parse`` reads it."""
        return "true" if value else "false"


Parameter = DecimalParameter | ChoiceParameter | FlagParameter


class EvidenceType(StrEnum):
    """What a figure of the evidence is, which says how it is written: in JSON, and in texts for people.

    MONEY: an amount in the organization's currency, a string; in texts with separators. RATIO: a decimal as it is, a
    string. COUNT: a whole number. DAY: a date, ISO. DAYS: a list of dates. TEXT: text.
    """

    MONEY = "Money"
    RATIO = "Ratio"
    COUNT = "Count"
    DAY = "Day"
    DAYS = "Days"
    TEXT = "Text"


@dataclass(frozen=True, slots=True)
class Evidence:
    """The column of the SQL that a key of the evidence shows, and what it is. It may be NULL, which JSON writes as null."""

    column: str
    type: EvidenceType

    def __post_init__(self) -> None:
        _require_identifier("column", self.column)


@dataclass(frozen=True, slots=True)
class Message:
    """The title and the message of findings of one kind, with ``{column}`` for a column of the SQL.

    A column is written as its evidence says; one that is no evidence as its type says, a decimal as an amount.
    arithmetic: how the rule comes to one finding, for ``ledgerwatch explain``; of any number of lines. It may besides name
    parameters of the analyzer, which are written as they are set; where a column has the same name the parameter is meant.
    """

    title: str
    message: str
    arithmetic: str = ""

    def __post_init__(self) -> None:
        for template in (self.title, self.message):
            if not 1 <= len(template) <= _TEXT_LIMIT:
                raise ValueError(f"a title and a message have 1 to {_TEXT_LIMIT} characters")
        if len(self.arithmetic) > _TEXT_LIMIT:
            raise ValueError(f"an arithmetic has at most {_TEXT_LIMIT} characters")
        for template in (self.title, self.message, self.arithmetic):
            list(template_parts(template))

    @property
    def columns(self) -> set[str]:
        """The columns that title and message name."""
        return template_names(self.title) | template_names(self.message)


def template_names(template: str) -> set[str]:
    """What a template names in braces."""
    return {name for _, name in template_parts(template) if name is not None}


def template_parts(template: str) -> Iterator[tuple[str, str | None]]:
    """The literal texts of a template, each with the column that follows it; raises ValueError for anything but that."""
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError as error:
        raise ValueError(f"the text {template!r} is no template: {error}") from None
    for literal, column, spec, conversion in parts:
        if column is not None and (spec or conversion or not IDENTIFIER.fullmatch(column)):
            raise ValueError(f"the text {template!r} may name columns as {{column}}, nothing more")
        yield literal, column


class PeriodReach(StrEnum):
    """A reach that organizations set by their thresholds: the end of the longest period of theirs that a month lies in."""

    THRESHOLDS = "thresholds"


@dataclass(frozen=True, slots=True)
class Analyzer:
    """One rule over the ledger. Raises ContractError when built, naming what is wrong.

    sql: the findings, see above. insufficient: SQL over the same relations that gives organization_id, month, reason for
    months in scope whose data is not enough; None: always enough. reach: how many later months its answer can change when
    a month changes; None: all; PeriodReach: as far as the thresholds' periods. window: the parameter, if any, that counts the
    months it looks back over (0: all history), which moves the reach where an organization sets it. lookback: how many months before its first month in scope an
    organization's ledger shows at first; None: all. rereads: it may ask for more with ``needs_earlier``. joins_as_written:
    DuckDB computes joins in the order they are written in, each with its right side in memory, instead of by its estimates,
    which know nothing of the relations' sizes. source: where the declaration was found, for people.
    """

    name: str
    version: int
    summary: str
    sql: str
    evidence: Mapping[str, Evidence]
    messages: Mapping[str, Message]
    inputs: frozenset[Input]
    reach: int | PeriodReach | None
    lookback: int | None
    parameters: tuple[Parameter, ...] = ()
    insufficient: str | None = None
    window: str | None = None
    rereads: bool = False
    joins_as_written: bool = False
    source: str = field(default="code", compare=False)

    def __post_init__(self) -> None:
        try:
            self._validate()
        except ValueError as error:
            raise ContractError(self.name, str(error)) from error

    def parameter(self, name: str) -> Parameter:
        """Its parameter called ``name``; raises UnknownThingError naming the close ones."""
        for each in self.parameters:
            if each.name == name:
                return each
        raise UnknownThingError(f"parameter of {self.name}", name, [each.name for each in self.parameters])

    def values(self, overrides: Mapping[str, str]) -> dict[str, ParameterValue]:
        """The value of every parameter: what an organization sets, as it is stored, else the default."""
        return {p.name: p.parse(overrides[p.name]) if p.name in overrides else p.default for p in self.parameters}

    def last_reached(
        self,
        month: Month,
        overrides: Mapping[str, str],
        thresholds: Sequence[Threshold] = (),
        ledger: Sequence[Month] = (),
    ) -> Month | None:
        """The last month whose answer can change when ``month`` changes, for an organization; None: all later months.

        overrides: parameters that it sets itself; thresholds: its own; ledger: the months in which it has transactions.
        """
        if isinstance(self.reach, PeriodReach):
            return _end_of_periods(month, thresholds, ledger)
        reach = self.reach
        if self.window is not None and self.window in overrides:
            months = int(Decimal(overrides[self.window]))
            reach = months - 1 if months else None
        return None if reach is None else month.plus(reach)

    @property
    def relations(self) -> dict[str, dict[str, str]]:
        """The relations that its SQL may read, with their columns: name → column → SQL type."""
        always = {"scope", "scope_months", "parameters"}
        seen = {name: dict(columns) for name, columns in RELATIONS.items() if name in always or name in self.inputs}
        seen["parameters"] |= {each.name: each.sql_type for each in self.parameters}
        return seen

    @property
    def required_columns(self) -> dict[str, str]:
        """The columns that its SQL must give beside those of evidence and messages: name → SQL type."""
        return RESULT_COLUMNS | ({"needs_earlier": "BOOLEAN"} if self.rereads else {})

    def _validate(self) -> None:
        _require_identifier("analyzer", self.name)
        if self.version < 1:
            raise ValueError(f"versions count from 1, {self.version} is none")
        if not 1 <= len(self.summary.strip()) <= _TEXT_LIMIT:
            raise ValueError(f"its summary has 1 to {_TEXT_LIMIT} characters")
        if not self.sql.strip() or (self.insufficient is not None and not self.insufficient.strip()):
            raise ValueError("its SQL is empty")
        names = [each.name for each in self.parameters]
        if len({*names, "organization_id"}) != len(names) + 1:
            raise ValueError(f"two of its parameters have one name, or that of organization_id: {', '.join(names)}")
        if not self.messages:
            raise ValueError("it has no messages: what kinds of findings are there?")
        for kind in self.messages:
            _require_identifier("kind", kind)
        for key in self.evidence:
            _require_identifier("evidence key", key)
        types: dict[str, EvidenceType] = {"at_stake": EvidenceType.MONEY}
        for key, each in self.evidence.items():
            if types.setdefault(each.column, each.type) is not each.type:
                raise ValueError(
                    f"evidence {key}: column {each.column} is {types[each.column]} and {each.type} at once"
                )
        if isinstance(self.reach, PeriodReach) and Input.THRESHOLDS not in self.inputs:
            raise ValueError("its reach follows thresholds, which are none of its inputs")
        for what, months in (("reach", self.reach), ("lookback", self.lookback)):
            if isinstance(months, int) and not 0 <= months <= 1_200:
                raise ValueError(f"its {what} is a number of months from 0 to 1200, or all, not {months}")
        if self.window is not None:
            counted = [each for each in self.parameters if each.name == self.window]
            if not counted or not isinstance(counted[0], DecimalParameter) or counted[0].decimals != 0:
                raise ValueError(f"its window {self.window!r} is no parameter in whole numbers: it counts months")


def _end_of_periods(month: Month, thresholds: Sequence[Threshold], ledger: Sequence[Month]) -> Month:
    """The end of the longest period that has a day of ``month``.

    Where a threshold waits for the end of a bucket (< and <=), one without any transaction counts too, from the organization's
    first one on: the months without any that follow belong to it, and if the ledger begins here so does the one after them.
    """
    last = max([month, *(each.last_reached(month) for each in thresholds)])
    if any(each.operator.waits for each in thresholds):
        following = min((each for each in ledger if each > month), default=None)
        if following is not None:
            begins = all(each >= month for each in ledger)
            last = max(last, following if begins else following.plus(-1))
    return last


RESULT_COLUMNS: dict[str, str] = {
    "organization_id": "UUID",
    "month": "DATE",
    "kind": "VARCHAR",
    "key": "VARCHAR",
    "severity": "VARCHAR",
    "subject": "VARCHAR",
    "at_stake": "DECIMAL",
    "transactions": "UUID[]",
}
"""What the SQL of every analyzer gives; any DECIMAL will do."""

SEVERITIES = ("LOW", "MEDIUM", "HIGH")


def _require_identifier(what: str, name: str) -> None:
    if not IDENTIFIER.fullmatch(name):
        article = "an" if what[0] in "aeiou" else "a"
        raise ValueError(
            f"{name!r} cannot be the name of {article} {what}: lower-case letters, digits and _, beginning with a letter"
        )
