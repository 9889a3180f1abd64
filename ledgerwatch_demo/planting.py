"""Anomalies to plant, in two steps: ``schedule`` decides what goes where, ``Scene.resolve`` makes it rows and answers.

The first step needs the plan only and comes before the normal rows, which leave room for the planted ones. The second
comes after: it knows what each month and vendor really adds up to, so that a planted amount meets its rule exactly.
Not here: the regular rows (``roster``, ``normal_rows.sql``), and what follows from an organization's totals rather than
from single rows: burn rate and thresholds (``totals``).

``KINDS`` is everything that is planted row by row, in the order of resolution: amounts of large transactions come last,
because their limit is a multiple of a mean that the other planted rows are part of.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import isqrt

from ledgerwatch_demo.answer_key import Decoy, Planted
from ledgerwatch_demo.draws import draw
from ledgerwatch_demo.roster import Line, Organization

FLOOR = 1_000_000  # cents: large_transaction's floor
BASELINE_MONTHS = 12
ATTEMPTS = 40


@dataclass(frozen=True, slots=True)
class PlantedRow:
    """One row to add to the normal ones; ``month`` counts from 0."""

    org: int
    month: int
    date: date
    vendor: str
    cents: int
    type: str
    category: str
    description: str


@dataclass(frozen=True, slots=True)
class Plant:
    """One thing to plant: its kind, place, the regular line it hides in if any, and the months of its rows."""

    kind: "Kind"
    org: int
    month: int
    number: int
    line: Line | None
    row_months: tuple[int, ...]

    @property
    def host(self) -> Line:
        """The regular line it hides in; only for kinds that have one."""
        if self.line is None:
            raise LookupError(f"a {self.kind.name} hides in no line")
        return self.line


@dataclass(frozen=True, slots=True)
class Kind:
    """A way to plant. ``per`` = 2 plants it half as often; ``rows(month)`` gives the months of its rows."""

    name: str
    resolve: Callable[["Scene", Plant], None]
    rows: Callable[[int], tuple[int, ...]]
    hides_in: str = ""
    first_month: int = 0
    per: int = 1
    large_mean_only: bool = False


@dataclass(slots=True)
class Scene:
    """One organization while its plants become rows: what it has so far, and the answers collected.

    ``totals[month, type]`` is (cents, rows); ``spend[line, month]`` is cents, for lines that something hides in.
    """

    organization: Organization
    months: Sequence[date]
    seed: int
    totals: defaultdict[tuple[int, str], tuple[int, int]]
    spend: Mapping[tuple[int, int], int]
    rows: list[PlantedRow] = field(default_factory=list)
    planted: list[Planted] = field(default_factory=list)
    decoys: list[Decoy] = field(default_factory=list)
    large: list[tuple[Planted, int, int]] = field(default_factory=list)
    one_offs_used: int = 0

    def resolve(self, plants: Sequence[Plant]) -> None:
        """Turn plants into rows and answers; raise RuntimeError if one does not meet its rule."""
        order = [kind.name for kind in KINDS]
        for plant in sorted(plants, key=lambda plant: (order.index(plant.kind.name), plant.number)):
            plant.kind.resolve(self, plant)
        for planted, month, cents in self.large:
            _confirm(large_severity(cents, *self.baseline(month)) == planted.severity, planted)

    def baseline(self, month: int) -> tuple[int, int]:
        """Return cents and number of the expense and income rows of the twelve months ending with ``month``."""
        window = range(max(0, month - BASELINE_MONTHS + 1), month + 1)
        found = [self.totals[earlier, kind] for earlier in window for kind in ("expense", "income")]
        return sum(cents for cents, _ in found), sum(count for _, count in found)

    def chance(self, plant: Plant, what: str, choices: int) -> int:
        """Return 0..choices-1, repeatable for this plant and purpose."""
        return draw(self.seed, plant.kind.name, plant.number, what) % choices

    def day(self, plant: Plant, what: str = "day", month: int | None = None) -> date:
        """Return a weekday between the 4th and the 20th: planted rows stay clear of the month's ends."""
        first = self.months[plant.month if month is None else month]
        day = first + timedelta(days=3 + self.chance(plant, what, 15))
        return day + timedelta(days=7 - day.weekday() if day.weekday() > 4 else 0)

    def one_off(self) -> str:
        """Return the name of a vendor that is not among the regular ones, a new one each time."""
        self.one_offs_used += 1
        return self.organization.one_off_names[self.one_offs_used - 1]

    def add(self, day: date, vendor: str, cents: int, category: str, description: str, type_: str = "expense") -> None:
        """Add a row."""
        month = (day.year - self.months[0].year) * 12 + day.month - self.months[0].month
        row = PlantedRow(self.organization.index, month, day, vendor, cents, type_, category, description)
        self.rows.append(row)
        total, count = self.totals[month, type_]
        self.totals[month, type_] = (total + cents, count + 1)

    def expect(
        self, analyzer: str, month: int, severity: str, kind: str, subject: str, cents: int, *dates: date
    ) -> Planted:
        """Note a finding that must be made."""
        label = f"{self.months[month]:%Y-%m}"
        planted = Planted(self.organization.slug, analyzer, label, severity, kind, subject, money(cents), dates)
        self.planted.append(planted)
        return planted

    def tempt(self, analyzer: str, month: int, subject: str, cents: int, reason: str, *dates: date) -> None:
        """Note rows that must give no finding."""
        label = f"{self.months[month]:%Y-%m}"
        self.decoys.append(Decoy(self.organization.slug, analyzer, label, subject, money(cents), dates, reason))


def money(cents: int) -> str:
    """Return cents as an amount with two decimals."""
    whole, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole}.{rest:02d}"


def large_severity(cents: int, total: int, count: int) -> str | None:
    """Apply large_transaction's rule with default parameters to a baseline of ``count`` rows adding up to ``total``."""
    if cents <= FLOOR or cents * count <= 2 * total:
        return None
    return "HIGH" if cents * count > 5 * total else "MEDIUM"


def spike_severity(before: int, current: int) -> str | None:
    """Apply vendor_spike's rule to a vendor that was paid in both months."""
    if current * 4 < before * 5:
        return None
    return "MEDIUM" if current * 2 >= before * 3 else "LOW"


def schedule(organizations: Sequence[Organization], months: int, seed: int) -> list[Plant]:
    """Spread plants over organizations and months; their number grows with the root of organizations x months.

    A plant for which no place is left (very small data) is left out. Planted rows are at most a tenth of a month's, and
    a vendor is used for one plant within three months, so that no plant changes the answer of another.
    """
    often = 1 + isqrt(len(organizations) * months) // 6
    board = _Board(organizations, months, seed)
    plants = []
    for kind in KINDS:
        for number in range(max(1, often // kind.per)):
            plant = board.place(kind, number, max(1, often // kind.per))
            if plant is not None:
                plants.append(plant)
    return plants


class _Board:
    """Which places are taken: rows by organization and month, and lines by month."""

    def __init__(self, organizations: Sequence[Organization], months: int, seed: int) -> None:
        self._organizations = organizations
        self._months = months
        self._seed = seed
        self._planted: defaultdict[tuple[int, int], int] = defaultdict(int)
        self._busy: set[tuple[int, int, int]] = set()

    def place(self, kind: Kind, number: int, of: int) -> Plant | None:
        """Take the first free place from where this plant would best be, or none."""
        if kind.first_month >= self._months:
            return None
        for place in self._candidates(kind, number, of):
            plant = self._try(kind, number, *place)
            if plant is not None:
                return plant
        return None

    def _candidates(self, kind: Kind, number: int, of: int) -> Iterator[tuple[Organization, int]]:
        # Over 10,000 and still below five times the mean is possible only where the mean is high.
        eligible = [item for item in self._organizations if item.size == 100 or not kind.large_mean_only]
        start = draw(self._seed, kind.name)
        span = self._months - kind.first_month
        for attempt in range(ATTEMPTS):
            org = eligible[(start + number * max(1, len(eligible) // of) + attempt) % len(eligible)]
            yield org, kind.first_month + ((start >> 32) + number * max(1, span // of) + attempt) % span

    def _try(self, kind: Kind, number: int, organization: Organization, month: int) -> Plant | None:
        rows = kind.rows(month)
        room = organization.rows[-1] // 10
        if any(self._planted[organization.index, m] + rows.count(m) > room for m in rows):
            return None
        line = None
        if kind.hides_in:
            line = self._free_line(kind, number, organization, month)
            if line is None:
                return None
            self._busy.update((organization.index, line.line, near) for near in range(month - 1, month + 2))
        for m in rows:
            self._planted[organization.index, m] += 1
        return Plant(kind, organization.index, month, number, line, rows)

    def _free_line(self, kind: Kind, number: int, organization: Organization, month: int) -> Line | None:
        lines = sorted(organization.lines_of(kind.hides_in), key=lambda line: -line.base)
        start = draw(self._seed, kind.name, number, "line") % (1 + len(lines) // 3)  # amounts worth a look
        for step in range(len(lines)):
            line = lines[(start + step) % len(lines)]
            if not any((organization.index, line.line, near) in self._busy for near in range(month - 1, month + 2)):
                return line
        return None


def _confirm(holds: bool, planted: object) -> None:
    if not holds:
        raise RuntimeError(f"planted rows do not meet their rule, a defect of the generator: {planted}")


# --- duplicates ------------------------------------------------------------------------------------------------------


def _repeat_amount(scene: Scene, plant: Plant) -> int:
    """Return an amount that no normal row of the line has, too small (3 % of its month) to make a spike."""
    line = plant.host
    least = min(scene.spend[line.line, month] for month in {plant.month, *plant.row_months})
    highest = min(least // 33, 250_000)
    cents = highest // 2 + scene.chance(plant, "amount", highest // 2)
    return max(1, cents // line.modulus) * line.modulus + line.modulus - 1


def _repeat(scene: Scene, plant: Plant, days: Sequence[date], kind: str, spellings: Sequence[str] = ()) -> None:
    line, cents = plant.host, _repeat_amount(scene, plant)
    invoice = f"{line.reference}{900000 + scene.chance(plant, 'invoice', 99999)}"
    for number, day in enumerate(days):
        vendor = spellings[number] if spellings else line.vendor
        scene.add(day, vendor, cents, line.category, invoice)
    scene.expect("duplicate", plant.month, "LOW", kind, line.vendor, cents, *days)


def _pair(scene: Scene, plant: Plant) -> None:
    first = scene.day(plant)
    _repeat(scene, plant, [first, first + timedelta(days=plant.number % 3)], "pair")


def _chain(scene: Scene, plant: Plant) -> None:
    first = scene.day(plant)
    _repeat(scene, plant, [first + timedelta(days=gap) for gap in (0, 2, 4)], "chain")


def _across_month_end(scene: Scene, plant: Plant) -> None:
    first = scene.months[plant.month]
    _repeat(scene, plant, [first - timedelta(days=1), first], "across month end")


def _spelled_differently(scene: Scene, plant: Plant) -> None:
    name, first = plant.host.vendor, scene.day(plant)
    spellings = [name, name.upper().replace(" ", "  ")]
    _repeat(scene, plant, [first, first + timedelta(days=1)], "spelled differently", spellings)


def _three_days_apart(scene: Scene, plant: Plant) -> None:
    line, cents, first = plant.host, _repeat_amount(scene, plant), scene.day(plant)
    days = [first, first + timedelta(days=3)]
    for number, day in enumerate(days):
        scene.add(day, line.vendor, cents, line.category, f"{line.reference}{900000 + plant.number * 10 + number}")
    scene.tempt("duplicate", plant.month, line.vendor, cents, "equal payments, but three days apart", *days)


def _refunded(scene: Scene, plant: Plant) -> None:
    line, cents, first = plant.host, _repeat_amount(scene, plant), scene.day(plant)
    days = [first, first + timedelta(days=1), first + timedelta(days=3)]
    invoice = f"{line.reference}{900000 + scene.chance(plant, 'invoice', 99999)}"
    for day in days[:2]:
        scene.add(day, line.vendor, cents, line.category, invoice)
    scene.add(days[2], line.vendor, cents, line.category, f"Refund of {invoice}, paid twice", "refund")
    scene.tempt("duplicate", plant.month, line.vendor, cents, "paid twice, and one payment was refunded", *days)


# --- vendor spikes ---------------------------------------------------------------------------------------------------


def _raise_bill(scene: Scene, plant: Plant, target: int) -> date:
    """Add the row that brings the bill's spend in the month to ``target`` cents; return its date."""
    line, day = plant.host, scene.day(plant)
    extra = target - scene.spend[line.line, plant.month]
    near = {scene.spend.get((line.line, month), 0) for month in range(plant.month - 1, plant.month + 2)}
    _confirm(0 < extra <= FLOOR and extra not in near, plant)
    scene.add(day, line.vendor, extra, line.category, f"{line.reference} supplementary bill")
    return day


def _spike(scene: Scene, plant: Plant, percent: int, severity: str) -> None:
    before = scene.spend[plant.host.line, plant.month - 1]
    target = -(-before * (100 + percent) // 100)  # rounded up: the rule includes its limit
    day = _raise_bill(scene, plant, target)
    planted = scene.expect("vendor_spike", plant.month, severity, "spike", plant.host.vendor, target, day)
    _confirm(spike_severity(before, target) == severity, planted)


def _spike_medium(scene: Scene, plant: Plant) -> None:
    _spike(scene, plant, (90, 50, 140)[plant.number % 3], "MEDIUM")


def _spike_low(scene: Scene, plant: Plant) -> None:
    _spike(scene, plant, (35, 25, 45)[plant.number % 3], "LOW")


def _just_below_spike(scene: Scene, plant: Plant) -> None:
    before = scene.spend[plant.host.line, plant.month - 1]
    target = -(-before * 5 // 4) - 1
    day = _raise_bill(scene, plant, target)
    _confirm(spike_severity(before, target) is None, plant)
    scene.tempt("vendor_spike", plant.month, plant.host.vendor, target, "increase just below 25 %", day)


def _one_off_amount(scene: Scene, plant: Plant, what: str) -> int:
    return 45_000 + scene.chance(plant, what, 600_000)


def _new_vendor(scene: Scene, plant: Plant) -> None:
    vendor, day, cents = scene.one_off(), scene.day(plant), _one_off_amount(scene, plant, "amount")
    scene.add(day, vendor, cents, "Consulting", f"Engagement {2000 + plant.number}")
    scene.expect("vendor_spike", plant.month, "LOW", "new", vendor, cents, day)


def _returning_vendor(scene: Scene, plant: Plant) -> None:
    vendor, day, cents = scene.one_off(), scene.day(plant), _one_off_amount(scene, plant, "amount")
    # In the organization's first month nothing is new, so the first payment gives no finding.
    scene.add(scene.day(plant, "first", 0), vendor, _one_off_amount(scene, plant, "first amount"), "Events", "Deposit")
    scene.add(day, vendor, cents, "Events", f"Event {3000 + plant.number}")
    scene.expect("vendor_spike", plant.month, "LOW", "returning", vendor, cents, day)


# --- large transactions ----------------------------------------------------------------------------------------------


def _high_amount(scene: Scene, plant: Plant) -> int:
    total, count = scene.baseline(plant.month)
    return max(1_300_000, total * (9 + scene.chance(plant, "times", 5)) // count) + scene.chance(plant, "cents", 9999)


def _medium_amount(scene: Scene, plant: Plant) -> int:
    """Return an amount well inside the interval of MEDIUM, counting that the row itself moves the mean."""
    total, count = scene.baseline(plant.month)
    low = max(FLOOR, 2 * total // (count - 1))
    high = 5 * total // (count - 4)
    return low + (high - low) * (40 + scene.chance(plant, "times", 20)) // 100


def _expect_large(scene: Scene, plant: Plant, severity: str, kind: str, vendor: str, cents: int, day: date) -> None:
    planted = scene.expect("large_transaction", plant.month, severity, kind, vendor, cents, day)
    scene.large.append((planted, plant.month, cents))


def _large_new_vendor(scene: Scene, plant: Plant) -> None:
    vendor, day, cents = scene.one_off(), scene.day(plant), _high_amount(scene, plant)
    scene.add(day, vendor, cents, "Equipment", f"Order {4000 + plant.number}, full payment")
    _expect_large(scene, plant, "HIGH", "new vendor", vendor, cents, day)
    if plant.month > 0:  # in the organization's first month nothing is new
        scene.expect("vendor_spike", plant.month, "LOW", "new", vendor, cents, day)


def _large_bill(scene: Scene, plant: Plant, severity: str, cents: int) -> None:
    line, day = plant.host, scene.day(plant)
    current = scene.spend[line.line, plant.month] + cents
    scene.add(day, line.vendor, cents, line.category, f"{line.reference} back payment")
    _expect_large(scene, plant, severity, "regular vendor", line.vendor, cents, day)
    planted = scene.expect("vendor_spike", plant.month, "MEDIUM", "spike", line.vendor, current, day)
    _confirm(spike_severity(scene.spend[line.line, plant.month - 1], current) == "MEDIUM", planted)


def _large_bill_high(scene: Scene, plant: Plant) -> None:
    _large_bill(scene, plant, "HIGH", _high_amount(scene, plant))


def _large_bill_medium(scene: Scene, plant: Plant) -> None:
    _large_bill(scene, plant, "MEDIUM", _medium_amount(scene, plant))


def _prepayment(scene: Scene, plant: Plant) -> None:
    customers = scene.organization.customers
    vendor, day = customers[scene.chance(plant, "customer", len(customers))], scene.day(plant)
    cents = _medium_amount(scene, plant)
    scene.add(day, vendor, cents, "Revenue", f"Prepayment {5000 + plant.number}", "income")
    _expect_large(scene, plant, "MEDIUM", "income", vendor, cents, day)


def _at_the_floor(scene: Scene, plant: Plant) -> None:
    customers = scene.organization.customers
    vendor, day = customers[scene.chance(plant, "customer", len(customers))], scene.day(plant)
    scene.add(day, vendor, FLOOR, "Revenue", f"Instalment {6000 + plant.number}", "income")
    scene.tempt("large_transaction", plant.month, vendor, FLOOR, "exactly 10,000.00: not above the floor", day)


def _one(month: int) -> tuple[int, ...]:
    return (month,)


def _two(month: int) -> tuple[int, ...]:
    return (month, month)


def _three(month: int) -> tuple[int, ...]:
    return (month, month, month)


def _with_month_before(month: int) -> tuple[int, ...]:
    return (month - 1, month)


def _with_first_month(month: int) -> tuple[int, ...]:
    return (0, month)


KINDS: tuple[Kind, ...] = (
    Kind("duplicate pair", _pair, _two, "supplier"),
    Kind("duplicate chain", _chain, _three, "supplier", per=2),
    Kind("duplicate across month end", _across_month_end, _with_month_before, "supplier", 1, per=2),
    Kind("duplicate spelled differently", _spelled_differently, _two, "supplier", per=2),
    Kind("decoy three days apart", _three_days_apart, _two, "supplier", per=2),
    Kind("decoy refunded", _refunded, _three, "supplier", per=2),
    Kind("spike medium", _spike_medium, _one, "bill", 1),
    Kind("spike low", _spike_low, _one, "bill", 1),
    Kind("decoy just below spike", _just_below_spike, _one, "bill", 1, per=2),
    Kind("new vendor", _new_vendor, _one, first_month=1),
    Kind("returning vendor", _returning_vendor, _with_first_month, first_month=2, per=2),
    Kind("decoy at the floor", _at_the_floor, _one, per=2, large_mean_only=True),
    Kind("large from new vendor", _large_new_vendor, _one),
    Kind("large bill", _large_bill_high, _one, "bill", 1, per=2),
    Kind("prepayment", _prepayment, _one, per=2, large_mean_only=True),
    Kind("large bill medium", _large_bill_medium, _one, "bill", 1, per=2, large_mean_only=True),
)
