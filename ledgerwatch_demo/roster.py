"""The normal life of one organization: whom it pays, how often and how much, and what it earns.

Here: pure planning in integers (cents), from which ``normal_rows.sql`` draws the rows. Not here: anomalies
(``planting``), files (``generator``). What is planned keeps four promises, so that findings are the planted ones:

- no amount of 9,000 or more, so none is near the limit of large_transaction (10,000 at least);
- a regular vendor is paid from the first month on, every month, and its monthly total moves by less than 12 %;
- income of a month exceeds spend, except where an organization is planned to burn;
- rows of one vendor less than four days apart differ in amount (see ``Line.modulus``).
"""

from dataclasses import dataclass, replace
from itertools import accumulate

from ledgerwatch_demo import names
from ledgerwatch_demo.draws import draw

MIN_ROWS_PER_MONTH = 40
MAX_PAYMENT = 390_000  # cents; the mean of a line. Single rows stay under CAP.
CAP = 790_000  # cents; with the at most 60,000 cents a modulus adds, every row is under 9,000.00
BURN_MONTHS = 4
# Mean amount of an organization in cents is about 2,700.00 times its size. At 100 the mean lets a transaction be over
# 10,000 and still below five times the mean, which is the only way to a MEDIUM large_transaction.
EXPENSE_PER_ROW = 127_400
SIZES = (100, 80, 100, 45, 100, 60)
EXPENSE_SHARE = 55  # of 100 rows; the others are income
MARGIN = 112  # income per 100 of spend in a normal month
CAMPAIGN_LEVELS = {
    "usual": 700,
    "approached": 850,
    "exceeded": 1030,
}  # thousandths of the limit; steps stay below +25 %


@dataclass(frozen=True, slots=True)
class Line:
    """A stream of similar rows: one vendor's payments, or all income.

    ``rows`` and ``base`` (cents) are per month; ``rows`` is 0 for income, which takes what the month has left.
    ``noise`` is in thousandths either way. ``shape`` is the skew of amounts: 100 long-tailed, 400 nearly even. ``day``
    is the day of the month of a payment with a fixed date, 0 for business days spread over the month, -1 for pay day.

    ``modulus``: the line's k-th amount leaves k mod (``modulus`` - 1) when divided by ``modulus``. More rows than that
    never fall into three days, so equal amounts are never near each other. The residue left over is for planted rows.
    """

    org: int
    line: int
    kind: str
    vendor: str
    category: str
    reference: str
    rows: int
    base: int
    noise: int
    modulus: int
    shape: int
    day: int


@dataclass(frozen=True, slots=True)
class Organization:
    """One organization: its regular lines, its customers and how its months go.

    ``size`` is its scale of amounts in percent, ``rows`` and ``income_level`` (thousandths of the usual) are by month,
    ``campaign_limit`` is cents a month.
    """

    index: int
    name: str
    slug: str
    size: int
    rows: tuple[int, ...]
    lines: tuple[Line, ...]
    customers: tuple[str, ...]
    one_off_names: tuple[str, ...]
    burns: bool
    income_level: tuple[int, ...]
    campaign_limit: int

    def lines_of(self, kind: str) -> tuple[Line, ...]:
        """Return the lines of one kind, busiest first."""
        return tuple(line for line in self.lines if line.kind == kind)

    @property
    def monthly_income(self) -> int:
        """Usual income of a month in cents."""
        return self.lines_of("customers")[0].base


def modulus_of(rows: int) -> int:
    """Return the modulus for ``rows`` rows a month spread evenly over at least 20 business days."""
    return 3 * -(-rows // 20) + 4


def is_burner(index: int) -> bool:
    """Tell whether organization ``index`` runs out of money at the end."""
    return index % 10 == 1


def is_slow_burner(index: int) -> bool:
    """Tell whether organization ``index`` loses money at the end, but has plenty."""
    return index % 10 == 5


def organization(index: int, *, rows: int, months: int, seed: int) -> Organization:
    """Plan organization ``index`` with ``rows`` rows in all, at least ``MIN_ROWS_PER_MONTH`` a month."""
    usual, extra = divmod(rows, months)
    book = names.NameBook(seed, index)
    size = SIZES[index % len(SIZES)]
    limit = (4, 5, 6)[draw(seed, index, "limit") % 3] * 1000 * size  # cents: 4,000.00 to 6,000.00 by size
    others = [
        *_fixed(book, index, usual, size, seed),
        _payroll(index, usual, size),
        _campaign(book, index, limit),
        *_bills(book, index, usual, size, seed),
    ]
    spend = EXPENSE_PER_ROW * usual * size // 100
    left = usual * EXPENSE_SHARE // 100 - sum(line.rows for line in others)
    lines = [*others, *_suppliers(book, index, left, spend - sum(line.base for line in others), seed)]
    busiest = usual + (1 if extra else 0)
    lines.append(_customers(index, busiest - sum(line.rows for line in lines), sum(line.base for line in lines)))
    name = names.organization_name(index)
    return Organization(
        index=index,
        name=name,
        slug=names.slug_of(name),
        size=size,
        rows=tuple(usual + (month < extra) for month in range(months)),
        lines=tuple(_numbered(lines)),
        customers=tuple(book.give(names.CUSTOMERS) for _ in range(min(60, max(4, usual // 8)))),
        one_off_names=tuple(book.give(names.ONE_OFF[i % len(names.ONE_OFF)]) for i in range(24)),
        burns=is_burner(index) and months >= 3,
        income_level=_income_level(index, months),
        campaign_limit=limit,
    )


def income_offsets(rows: list[int]) -> list[int]:
    """Return for each month how many income rows came before it: the running number that keeps amounts apart."""
    return [0, *accumulate(rows)][:-1]


def _numbered(lines: list[Line]) -> list[Line]:
    return [replace(line, line=number) for number, line in enumerate(lines)]


def _income_level(index: int, months: int) -> tuple[int, ...]:
    """Thousandths of the usual income per month: less in the last third (at most ``BURN_MONTHS``) of a burner."""
    low = 350 if is_burner(index) else 800 if is_slow_burner(index) else 1000
    burning = min(BURN_MONTHS, months // 3)
    return tuple(low if month >= months - burning else 1000 for month in range(months))


def _fixed(book: names.NameBook, index: int, usual: int, size: int, seed: int) -> list[Line]:
    count = min(len(names.FIXED), max(3, usual // 16))
    return [
        _line(
            index,
            kind="fixed",
            vendor=book.give(trade),
            category=trade.category,
            reference=trade.endings[0],
            rows=1,
            base=trade.payment * size + draw(seed, index, "fixed", trade.endings[0]) % (trade.payment * size // 10),
            day=1 if trade.category == "Rent" else 2 + draw(seed, index, "day", trade.endings[0]) % 26,
        )
        for trade in names.FIXED[:count]
    ]


def _payroll(index: int, usual: int, size: int) -> Line:
    employees = min(600, max(2, usual * 8 // 100))
    base = 4300 * size * employees
    line = _line(
        index, kind="fixed", vendor="Payroll", category="Salaries", reference="Salary", rows=employees, base=base
    )
    # All on one day, so as many residues as employees; even pay, so that none nears the cap.
    return replace(line, modulus=employees + 1, shape=400, day=-1)


def _campaign(book: names.NameBook, index: int, limit: int) -> Line:
    return _line(
        index,
        kind="campaign",
        vendor=book.give(names.ADVERTISING),
        category=names.ADVERTISING.category,
        reference="AD-",
        rows=3,
        base=limit,
        noise=4,
    )


def _bills(book: names.NameBook, index: int, usual: int, size: int, seed: int) -> list[Line]:
    count = min(len(names.BILLS), max(4, usual // 12))
    return [
        _line(
            index,
            kind="bill",
            vendor=book.give(trade),
            category=trade.category,
            reference=f"Account {10000 + draw(seed, index, trade.endings[0]) % 90000}",
            rows=1,
            base=trade.payment * size * (80 + draw(seed, index, "bill", trade.endings[0]) % 40) // 100,
            noise=40,
        )
        for trade in names.BILLS[:count]
    ]


def _suppliers(book: names.NameBook, index: int, rows: int, spend: int, seed: int) -> list[Line]:
    """Split ``rows`` and ``spend`` over vendors whose numbers of payments fall off like 1 / rank."""
    count = min(400, max(3, rows // 5))
    shares = [1_000_000 // (rank + 4) for rank in range(count)]
    counts = [max(1, rows * share // sum(shares)) for share in shares]
    turn = draw(seed, index, "turn")
    trades = [names.SUPPLIERS[(turn + rank) % len(names.SUPPLIERS)] for rank in range(count)]
    listed = sum(number * trade.payment for number, trade in zip(counts, trades, strict=True))
    return [
        _line(
            index,
            kind="supplier",
            vendor=book.give(trade),
            category=trade.category,
            reference="INV-",
            rows=number,
            base=number * min(MAX_PAYMENT, trade.payment * spend // listed),
            noise=40,
        )
        for number, trade in zip(counts, trades, strict=True)
    ]


def _customers(index: int, rows: int, spend: int) -> Line:
    line = _line(
        index,
        kind="customers",
        vendor="",
        category=names.CUSTOMERS.category,
        reference="Receipt ",
        rows=rows,
        base=spend * MARGIN // 100,
        noise=20,
    )
    return replace(line, rows=0)


def _line(
    index: int,
    *,
    kind: str,
    vendor: str,
    category: str,
    reference: str,
    rows: int,
    base: int,
    noise: int = 0,
    day: int = 0,
) -> Line:
    payment = base // rows
    shape = 100 if payment < 150_000 else 200 if payment < 250_000 else 400
    return Line(index, -1, kind, vendor, category, reference, rows, base, noise, modulus_of(rows), shape, day)
