"""Random sequences of imports and corrections of two organizations: the ledger is what a few lines of Python say it is."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from ledgerwatch_pipeline.analysis import reconcile
from ledgerwatch_pipeline.model.correction import CorrectionStatus
from ledgerwatch_pipeline.model.errors import ConflictError
from ledgerwatch_pipeline.model.load import LoadRow, transaction_id
from ledgerwatch_pipeline.model.month import Month, MonthRange
from ledgerwatch_pipeline.model.run import ScopeRow
from ledgerwatch_tests.conftest import Tenant
from ledgerwatch_tests.correcting import Row, add, ledger_of, replace, restore, totals_of, vendors_of, void, withdrawn
from ledgerwatch_tests.long_runs import drawn

VENDORS = ("Acme", "Beta", "Gamma")


@dataclass
class Model:
    """What an organization's transactions are, by Python: each with its row, whether it is out, and what replaced it."""

    tenant: Tenant
    rows: dict[UUID, Row] = field(default_factory=dict)
    out: set[UUID] = field(default_factory=set)
    replaced_by: dict[UUID, UUID] = field(default_factory=dict)
    loads: dict[UUID, list[UUID]] = field(default_factory=dict)
    withdrawn: set[UUID] = field(default_factory=set)

    def is_in(self, transaction: UUID) -> bool:
        return transaction not in self.out and self.load_of(transaction) not in self.withdrawn

    def load_of(self, transaction: UUID) -> UUID | None:
        return next((load for load, theirs in self.loads.items() if transaction in theirs), None)

    @property
    def ledger(self) -> list[Row]:
        return sorted(row for transaction, row in self.rows.items() if self.is_in(transaction))

    @property
    def totals(self) -> dict[tuple[date, str], tuple[int, Decimal]]:
        counts: Counter[tuple[date, str]] = Counter()
        amounts: dict[tuple[date, str], Decimal] = {}
        for day, _, amount, kind in self.ledger:
            key = (day.replace(day=1), kind)
            counts[key] += 1
            amounts[key] = amounts.get(key, Decimal(0)) + amount
        return {key: (count, amounts[key]) for key, count in counts.items()}

    @property
    def vendors(self) -> dict[str, date]:
        first: dict[str, date] = {}
        for day, vendor, _, _ in self.ledger:
            month = day.replace(day=1)
            first[vendor.lower()] = min(month, first.get(vendor.lower(), month))
        return first


def _row(chance: random.Random) -> Row:
    day = date(2024, 1, 1) + timedelta(days=chance.randrange(120))
    amount = Decimal(chance.randrange(1, 500)) / 100
    return day, chance.choice(VENDORS), amount, chance.choice(("expense", "income", "refund"))


def _import(model: Model, chance: random.Random, number: int) -> None:
    rows = [_row(chance) for _ in range(chance.randrange(1, 8))]
    lines = [f"{day},{vendor},{amount},{kind},{number}" for day, vendor, amount, kind in rows]
    load: LoadRow = model.tenant.deliver("date,vendor,amount,type,description\n" + "\n".join(lines) + "\n")
    ids = [transaction_id(load.id, place) for place in range(2, 2 + len(rows))]
    model.rows.update(zip(ids, rows, strict=True))
    model.loads[load.id] = ids


def _withdraw(model: Model, chance: random.Random) -> None:
    standing = [each for each in model.loads if each not in model.withdrawn]
    if standing:
        chosen = chance.choice(standing)
        withdrawn(model.tenant.home, model.tenant.load(chosen))
        model.withdrawn.add(chosen)


def _add(model: Model, chance: random.Random) -> None:
    day, vendor, amount, kind = row = _row(chance)
    done = add(model.tenant, date=str(day), vendor=vendor, amount=str(amount), type=kind)
    assert done.new_transaction is not None
    model.rows[done.new_transaction] = row


def _correct(model: Model, chance: random.Random) -> None:
    """Void, replace or restore some transaction, whatever its state; what cannot be is a conflict."""
    if not model.rows:
        return
    home, transaction = model.tenant.home, chance.choice(sorted(model.rows))
    out = transaction in model.out
    gone = model.load_of(transaction) in model.withdrawn
    newer = model.replaced_by.get(transaction)
    what = chance.choice(("void", "replace", "restore"))
    if (
        gone
        or (what == "restore" and (not out or (newer is not None and newer not in model.out)))
        or (what != "restore" and out)
    ):
        with pytest.raises(ConflictError):
            _asked(model, what, transaction)
        return
    if what == "void":
        void(home, transaction)
        model.out.add(transaction)
        model.replaced_by.pop(transaction, None)
    elif what == "restore":
        assert restore(home, transaction).status is CorrectionStatus.APPLIED
        model.out.discard(transaction)
        model.replaced_by.pop(transaction, None)
    else:
        day, vendor, amount, kind = model.rows[transaction]
        done = replace(home, transaction, amount=str(amount + 1), vendor=vendor)
        assert done.new_transaction is not None
        model.out.add(transaction)
        model.rows[done.new_transaction] = (day, vendor, amount + 1, kind)
        model.replaced_by[transaction] = done.new_transaction


def _asked(model: Model, what: str, transaction: UUID) -> None:
    if what == "replace":
        replace(model.tenant.home, transaction, amount="9999.00")
    else:
        {"void": void, "restore": restore}[what](model.tenant.home, transaction)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(drawn(1, 3)))
def test_the_ledger_is_what_python_says(new_tenant: Callable[[], Tenant], seed: int) -> None:
    chance = random.Random(seed)
    models = [Model(new_tenant()), Model(new_tenant())]
    for number in range(30):
        model = chance.choice(models)
        kind = chance.choices(("import", "correct", "add", "withdraw"), (3, 8, 2, 1))[0]
        if kind == "import":
            _import(model, chance, number)
        elif kind == "correct":
            _correct(model, chance)
        elif kind == "add":
            _add(model, chance)
        else:
            _withdraw(model, chance)
        if number % 6 == 5:
            _require_equal(models)
    _require_equal(models)


def _require_equal(models: list[Model]) -> None:
    months = MonthRange(Month(2024, 1), Month(2024, 12))
    for model in models:
        tenant = model.tenant
        assert ledger_of(tenant) == model.ledger
        assert totals_of(tenant) == model.totals
        assert vendors_of(tenant) == model.vendors
        assert not reconcile.differences(tenant.home, [ScopeRow(tenant.id, months)])
