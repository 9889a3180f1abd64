"""Drawn ledgers in which every kind of signals has something to find: vendors with habits, and some that break them."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from ledgerwatch_pipeline.model.month import Month
from ledgerwatch_tests.small_lake import Row

_NAMES = ("Harbour Builders Ltd", "Mounthouse School", "Kestrel Care", "Tripod Partners", "Sense (Exeter)", "Nile & Co")
_AMOUNTS = ("412.37", "1250.00", "4980.10", "9712.45", "636.72", "88.20", "24150.00")


def drawn(seed: int, organizations: Sequence[str] = ("acme", "other"), months: int = 32) -> list[Row]:
    """Payments of some vendors over so many months from 2020-01, in no order."""
    random = Random(seed)
    rows = [row for slug in organizations for row in _ledger(random, slug, months)]
    random.shuffle(rows)
    return rows


def _ledger(random: Random, slug: str, months: int) -> Iterator[Row]:
    for name in [*_NAMES, *(f"Vendor {number:02d} of {slug}" for number in range(8))]:
        yield from _vendor(random, slug, name, random.randrange(0, 6), months)
    for month in range(4, months, 3):
        yield from _events(random, slug, month)
    for month in (1, 2, months - 9):
        yield _row(random, slug, "Sleeper", month, Decimal(random.randrange(400, 4_000)))
    yield from _batch(random, slug, months - 3)


def _vendor(random: Random, slug: str, name: str, first: int, months: int) -> Iterator[Row]:
    usual = random.choice(_AMOUNTS)
    for month in range(first, months):
        for _ in range(random.randrange(0, 4)):
            amount = Decimal(usual if random.random() < 0.6 else random.choice(_AMOUNTS))
            yield _row(random, slug, name, month, amount)
        if random.random() < 0.1:
            yield _row(random, slug, name, month, Decimal(usual), kind="refund")


def _events(random: Random, slug: str, month: int) -> Iterator[Row]:
    name = random.choice(_NAMES)
    match random.randrange(7):
        case 0:
            yield _row(random, slug, name.replace("l", "ll", 1), month, Decimal(random.randrange(3_000, 90_000)))
        case 1:
            yield _row(random, slug, name, month, Decimal("6367.20"))
            yield _row(random, slug, name, month, Decimal("636.72"))
        case 2:
            yield from (_row(random, slug, name, month, Decimal(cents)) for cents in ("4120.30", "4123.00"))
        case 3:
            yield from (_row(random, slug, name, month, Decimal(v), day=7) for v in ("4990.00", "4870.50", "4911.11"))
        case 4:
            yield _row(random, slug, name, month, Decimal(random.randrange(100_000, 900_000)))
        case 5:
            yield from (_row(random, slug, name, month, Decimal("777.77"), reference="inv-1234") for _ in range(2))
        case _:
            yield _row(random, slug, f"Once {month} of {slug}", month, Decimal(random.randrange(500, 60_000)))


def _batch(random: Random, slug: str, month: int) -> Iterator[Row]:
    for number in range(24):
        amount = Decimal(f"{300 + 7 * number}.25")
        for later in (month - 1, month):
            yield _row(random, slug, f"Batch {number:02d}", later, amount, reference=f"again-{number:04d}")


def _row(
    random: Random,
    slug: str,
    name: str,
    month: int,
    amount: Decimal,
    *,
    kind: str = "expense",
    day: int | None = None,
    reference: str | None = None,
) -> Row:
    first = Month(2020, 1).plus(month).first_day
    posted: date = first + timedelta(days=(day or random.randrange(1, 29)) - 1)
    return Row(
        slug,
        posted,
        name,
        amount,
        kind,
        random.choice(("Care", "Roads", None)),
        random.choice(("monthly charge", None, f"tx{random.randrange(400)}")),
        reference or random.choice((None, f"inv-{random.randrange(10_000)}")),
    )
