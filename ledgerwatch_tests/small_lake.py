"""A DuckDB that stands for the lake, with the rows a test writes down: analyzers are tried on it without home or import."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from types import TracebackType
from typing import Self
from uuid import UUID, uuid5

import duckdb

from ledgerwatch_pipeline.analysis.contract import RELATIONS, Analyzer, Input, ParameterValue
from ledgerwatch_pipeline.analysis.evaluate import Evaluation, evaluate
from ledgerwatch_pipeline.analysis.texts import findings_sql
from ledgerwatch_pipeline.analysis.thresholds import ThresholdFields
from ledgerwatch_pipeline.model.alert import Severity
from ledgerwatch_pipeline.model.money import Currency
from ledgerwatch_pipeline.model.month import Month, MonthRange
from ledgerwatch_pipeline.model.organization import Organization
from ledgerwatch_pipeline.model.run import ScopeRow
from ledgerwatch_pipeline.model.threshold import Operator, Period, Threshold, ThresholdScope, ThresholdType
from ledgerwatch_pipeline.model.vendor import vendor_key
from ledgerwatch_pipeline.sql import sql_text

_NAMESPACE = UUID("0d6c1b0a-38c5-4d0e-8f3e-8a3f4f2f9a51")


@dataclass(frozen=True, slots=True)
class Finding:
    """A row of ``lake.findings``, as far as tests ask for it."""

    organization: str
    month: str
    kind: str
    severity: int
    title: str
    message: str
    amount: Decimal
    evidence: str
    transactions: int


@dataclass(frozen=True, slots=True)
class Row:
    """A transaction to be put into the ledger."""

    organization: str
    day: date
    vendor: str
    amount: Decimal
    type: str = "expense"
    category: str | None = None
    description: str | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class FoundRow:
    """A row of ``lake.findings`` with all it says; rows: the number, from 1, of each row that ``add_rows`` put in."""

    organization: str
    month: str
    kind: str
    fingerprint: str
    severity: int
    subject: str
    title: str
    message: str
    amount: Decimal
    evidence: str
    transactions: Sequence[UUID]
    rows: Mapping[UUID, int] = field(repr=False, kw_only=True)


class SmallLake:
    """Use it in a ``with``. Organizations are made when they are first named; ``currency`` is given then."""

    def __init__(self) -> None:
        self.con = duckdb.connect()
        self.con.execute("SET threads = 1")
        self.con.execute("ATTACH ':memory:' AS lake")
        self.con.execute(sql_text("lake/macros"))
        columns = ", ".join(f'"{n}" {t}' for n, t in RELATIONS[Input.LEDGER].items() if n != "transaction_id")
        self.con.execute(f"CREATE TABLE lake.transactions ({columns})")
        self.con.execute(
            "CREATE VIEW lake.load_totals AS SELECT load_id, organization_id, month, type, count(*) AS rows,"
            " CAST(sum(amount) AS DECIMAL(28, 4)) AS amount FROM lake.transactions GROUP BY ALL"
        )
        self.con.execute(
            "CREATE VIEW lake.load_vendors AS SELECT load_id, organization_id, vendor_key, min(month) AS first_month"
            " FROM lake.transactions GROUP BY ALL"
        )
        self.organizations: dict[str, Organization] = {}
        self.thresholds: dict[UUID, list[Threshold]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.con.close()

    def organization(
        self, slug: str, currency: str = "USD", *, balance: str | None = None, opened: str | None = None
    ) -> Organization:
        """balance: its opening balance, on the day ``opened``."""
        if slug not in self.organizations:
            self.organizations[slug] = Organization(
                id=uuid5(_NAMESPACE, slug),
                slug=slug,
                name=slug,
                currency=currency,
                currency_decimals=Currency.of(currency).decimals,
                opening_balance=None if balance is None else Decimal(balance),
                opening_date=None if opened is None else date.fromisoformat(opened),
            )
        return self.organizations[slug]

    def threshold(self, name: str = "limit", *, slug: str = "acme", **fields: object) -> Threshold:
        """A threshold of the organization, with the fields that a person would give, as text."""
        organization = self.organization(slug)
        days = {
            each: date.fromisoformat(str(fields.pop(each))) for each in ("valid_from", "valid_to") if each in fields
        }
        makers: dict[str, Callable[[str], object]] = {
            "period": Period,
            "scope": ThresholdScope.parse,
            "type": ThresholdType,
            "operator": Operator,
            "amount": Decimal,
            "warn_at": Decimal,
            "severity": Severity,
        }
        values = {each: makers[each](str(value)) for each, value in fields.items()}
        made = ThresholdFields(**values, **days).new(organization, name)  # type: ignore[arg-type]
        self.thresholds.setdefault(organization.id, []).append(made)
        return made

    def add(
        self,
        day: str,
        vendor: str,
        amount: str,
        kind: str = "expense",
        *,
        category: str | None = None,
        slug: str = "acme",
    ) -> None:
        """One transaction, of a load of its own; the ids of transactions go up in the order in which they are added."""
        organization = self.organization(slug)
        row = self.con.execute("SELECT count(*) FROM lake.transactions").fetchone()
        assert row is not None
        posted = date.fromisoformat(day)
        self.con.execute(
            "INSERT INTO lake.transactions BY NAME SELECT $organization AS organization_id, $load AS load_id,"
            " 1 AS row_number, $month AS month, $date AS date, $vendor AS vendor, $vendor_key AS vendor_key,"
            " CAST($amount AS DECIMAL(16, 4)) AS amount, $type AS type, $category AS category, $currency AS currency",
            {
                "organization": organization.id,
                "load": UUID(int=(row[0] + 1) << 32),
                "month": posted.replace(day=1),
                "date": posted,
                "vendor": vendor,
                "vendor_key": vendor_key(vendor),
                "category": category,
                "amount": amount,
                "type": kind,
                "currency": organization.currency,
            },
        )

    def add_rows(self, rows: Sequence[Row]) -> None:
        """These transactions, each a row of its organization's load: the order of their ids is that of the rows."""
        if not rows:
            return
        columns: dict[str, list[object]] = {
            "organization": [self.organization(row.organization).id for row in rows],
            "load": [uuid5(_NAMESPACE, f"load of {row.organization}") for row in rows],
            "row_number": list(range(1, len(rows) + 1)),
            "date": [row.day for row in rows],
            "vendor": [row.vendor for row in rows],
            "vendor_key": [vendor_key(row.vendor) for row in rows],
            "amount": [str(row.amount) for row in rows],
            "type": [row.type for row in rows],
            "category": [row.category for row in rows],
            "description": [row.description for row in rows],
            "reference": [row.reference for row in rows],
            "currency": [self.organization(row.organization).currency for row in rows],
        }
        self.con.execute(
            "INSERT INTO lake.transactions BY NAME SELECT unnest(CAST($organization AS UUID[])) AS organization_id,"
            " unnest(CAST($load AS UUID[])) AS load_id, unnest($row_number) AS row_number, unnest($date) AS date,"
            " date_trunc('month', date) AS month, unnest($vendor) AS vendor, unnest($vendor_key) AS vendor_key,"
            " CAST(unnest($amount) AS DECIMAL(16, 4)) AS amount, unnest($type) AS type,"
            " unnest(CAST($category AS VARCHAR[])) AS category,"
            " unnest(CAST($description AS VARCHAR[])) AS description,"
            " unnest(CAST($reference AS VARCHAR[])) AS reference, unnest($currency) AS currency",
            columns,
        )

    def clear(self) -> None:
        """Forget transactions, organizations and thresholds."""
        self.con.execute("DELETE FROM lake.transactions")
        self.organizations, self.thresholds = {}, {}

    def answer(
        self,
        analyzer: Analyzer,
        scope: Sequence[ScopeRow],
        parameters: Mapping[str, Mapping[str, ParameterValue]] | None = None,
    ) -> tuple[list[FoundRow], frozenset[tuple[str, str, str]]]:
        """Everything an evaluation says: findings, and (organization, month, reason) where there is not enough data."""
        evaluation = self.evaluate(analyzer, scope, parameters)
        slugs = {each.id: each.slug for each in self.organizations.values()}
        numbers = dict(
            self.con.execute("SELECT transaction_id(load_id, row_number), row_number FROM lake.transactions").fetchall()
        )
        rows = self.con.execute(
            "SELECT organization_id, month, kind, fingerprint, severity, subject, title, message, amount, evidence,"
            f" transactions FROM ({findings_sql(self.con, analyzer)})",
            {"analyzer": analyzer.name, "run": UUID(int=0), "snapshot": 0},
        ).fetchall()
        found = [FoundRow(slugs[row[0]], str(Month.of(row[1])), *row[2:], rows=numbers) for row in rows]
        poor = frozenset(
            (slugs[organization_id], str(month), each.reason)
            for organization_id, reasons in evaluation.insufficient.items()
            for each in reasons
            for month in each.months
        )
        return found, poor

    def scope(self, first: str, last: str | None = None, *slugs: str) -> list[ScopeRow]:
        """These months, of the organizations named or of all."""
        months = MonthRange(Month.parse(first), Month.parse(last or first))
        return [ScopeRow(self.organizations[slug].id, months) for slug in slugs or self.organizations]

    def evaluate(
        self,
        analyzer: Analyzer,
        scope: Sequence[ScopeRow],
        parameters: Mapping[str, Mapping[str, ParameterValue]] | None = None,
    ) -> Evaluation:
        values = {self.organizations[slug].id: each for slug, each in (parameters or {}).items()}
        return evaluate(self.con, analyzer, scope, list(self.organizations.values()), values, self.thresholds)

    def findings(
        self,
        analyzer: Analyzer,
        scope: Sequence[ScopeRow],
        parameters: Mapping[str, Mapping[str, ParameterValue]] | None = None,
    ) -> list[Finding]:
        self.evaluate(analyzer, scope, parameters)
        slugs = {each.id: each.slug for each in self.organizations.values()}
        rows = self.con.execute(
            "SELECT organization_id, month, kind, severity, title, message, amount, evidence, len(transactions)"
            f" FROM ({findings_sql(self.con, analyzer)}) ORDER BY ALL",
            {"analyzer": analyzer.name, "run": UUID(int=0), "snapshot": 0},
        ).fetchall()
        return [Finding(slugs[row[0]], str(Month.of(row[1])), *row[2:]) for row in rows]
