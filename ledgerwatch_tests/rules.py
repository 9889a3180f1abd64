"""The rules of large_transaction, burn_rate, vendor_spike and duplicate in plain Python, a function a rule.

Written from the words of the rules and not from the SQL; ``vendor_key`` is the product's. A function sees the ledger of one
organization, up to the end of the month asked for, and says what is found in that month. None: there is not enough data.
budget_threshold has its own: ``property/test_budget_threshold.py``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from ledgerwatch_pipeline.analysis.contract import ParameterValue
from ledgerwatch_pipeline.model.month import Month
from ledgerwatch_pipeline.model.organization import Organization
from ledgerwatch_pipeline.model.vendor import vendor_key
from ledgerwatch_tests.small_lake import Row

Figure = str | int | list[str] | None
Ledger = Mapping[int, Row]
"""The rows of one organization, by their numbers in the ledger."""


@dataclass(frozen=True)
class Told:
    """What a rule says of a month. rows: the numbers of the transactions named."""

    severity: str
    kind: str
    subject: str
    at_stake: Decimal
    figures: dict[str, Figure]
    rows: tuple[int, ...]


def large_transaction(
    ledger: Ledger, month: Month, organization: Organization, parameters: Mapping[str, ParameterValue]
) -> list[Told] | None:
    months = int(number(parameters["baseline_months"]))
    baseline = [
        row.amount
        for row in ledger.values()
        if row.type in ("expense", "income") and (not months or Month.of(row.day) >= month.plus(1 - months))
    ]
    if not baseline:
        return None
    mean = Fraction(sum(baseline)) / len(baseline)
    limit = max(number(parameters["multiplier"]) * mean, number(parameters["floor"]))
    return [
        Told(
            severity="HIGH" if row.amount > number(parameters["high_multiplier"]) * mean else "MEDIUM",
            kind="large",
            subject=row.vendor,
            at_stake=row.amount,
            figures={
                "vendor": row.vendor,
                "amount": money(row.amount, organization),
                "date": row.day.isoformat(),
                "mean": money(mean, organization),
                "limit": money(limit, organization),
            },
            rows=(place,),
        )
        for place, row in ledger.items()
        if Month.of(row.day) == month and row.amount > limit
    ]


def burn_rate(
    ledger: Ledger, month: Month, organization: Organization, parameters: Mapping[str, ParameterValue]
) -> list[Told] | None:
    basis = parameters["basis"]
    if not ledger:
        return None
    if basis == "cash" and (organization.opening_date is None or organization.opening_date > month.last_day):
        return None
    beginning = min(Month.of(row.day) for row in ledger.values())
    first = max(beginning, month.plus(1 - int(number(parameters["window_months"]))))
    n = (month.year - first.year) * 12 + month.number - first.number + 1
    window = [row for row in ledger.values() if Month.of(row.day) >= first]
    net_burn = Fraction(added(window, "expense") - added(window, "refund") - added(window, "income")) / n
    if net_burn <= 0:
        return []
    cash = None
    if basis == "cash":
        since = [row for row in ledger.values() if organization.opening_date and row.day >= organization.opening_date]
        balance = organization.opening_balance or Decimal(0)
        cash = balance + added(since, "income") + added(since, "refund") - added(since, "expense")
    means = Fraction(added(window, "income")) / n if cash is None else max(Fraction(cash), Fraction(0))
    runway = means / net_burn
    if runway >= 6:
        return []
    figures: dict[str, Figure] = {
        "net_burn": money(net_burn, organization),
        "cash": None if cash is None else money(cash, organization),
        "runway": f"{Decimal(int(runway * 100)).scaleb(-2):f}",
        "months": n,
        "basis": str(basis),
    }
    at_stake = Decimal(money(net_burn, organization))
    return [Told("HIGH" if runway < 3 else "MEDIUM", str(basis), "cash", at_stake, figures, ())]


def vendor_spike(
    ledger: Ledger, month: Month, organization: Organization, parameters: Mapping[str, ParameterValue]
) -> list[Told] | None:
    if not any(Month.of(row.day) < month for row in ledger.values()):
        return None
    found = []
    for key in sorted({vendor_key(row.vendor) for row in ledger.values()}):
        theirs = {place: row for place, row in ledger.items() if vendor_key(row.vendor) == key}
        now = {place: row for place, row in theirs.items() if Month.of(row.day) == month and row.type != "income"}
        before = [row for row in theirs.values() if Month.of(row.day) == month.plus(-1)]
        current = added(now.values(), "expense") - added(now.values(), "refund")
        previous = added(before, "expense") - added(before, "refund")
        if current <= number(parameters["min_spend"]):
            continue
        increase = None if previous <= 0 else Fraction(current - previous) / Fraction(previous) * 100
        if increase is not None and increase < number(parameters["spike_percent"]):
            continue
        seen = any(Month.of(row.day) < month for row in theirs.values())
        kind = "spike" if increase is not None else "returning" if seen else "new"
        medium = increase is not None and increase >= number(parameters["medium_percent"])
        earliest = min(now.items(), key=lambda each: (each[1].day, each[0]))[1].vendor
        figures: dict[str, Figure] = {
            "vendor": earliest,
            "kind": kind,
            "previous": money(previous, organization),
            "current": money(current, organization),
            "increase_pct": None if increase is None else rounded(increase, 2),
        }
        at_stake = current if increase is None else current - previous
        largest = sorted(now, key=lambda place: (-now[place].amount, place))
        found.append(Told("MEDIUM" if medium else "LOW", kind, earliest, at_stake, figures, tuple(largest)))
    return found


def duplicate(
    ledger: Ledger, month: Month, organization: Organization, parameters: Mapping[str, ParameterValue]
) -> list[Told] | None:
    payments = {place: row for place, row in ledger.items() if row.type != "refund"}
    if not payments:
        return None
    window = timedelta(days=int(number(parameters["window_hours"])) // 24)
    found = []
    for key, amount, kind in {(vendor_key(row.vendor), row.amount, row.type) for row in payments.values()}:
        equal = [
            (row.day, place)
            for place, row in payments.items()
            if (vendor_key(row.vendor), row.amount, row.type) == (key, amount, kind)
        ]
        refunds = [
            row.day
            for row in ledger.values()
            if row.type == "refund" and (vendor_key(row.vendor), row.amount) == (key, amount)
        ]
        for group in groups(sorted(equal), window):
            first, last = group[0][0], group[-1][0]
            off = sum(first <= day <= last + timedelta(days=30) for day in refunds)
            if Month.of(last) != month or len(group) - off < 2:
                continue
            vendor = payments[group[0][1]].vendor
            figures: dict[str, Figure] = {
                "vendor": vendor,
                "amount": money(amount, organization),
                "type": kind,
                "dates": [day.isoformat() for day, _ in group],
                "count": len(group),
                "refunds": off,
            }
            at_stake = amount * (len(group) - off - 1)
            places = tuple(place for _, place in group)
            found.append(Told("LOW", "equal_payments", vendor, at_stake, figures, places))
    return found


def groups(members: Sequence[tuple[date, int]], window: timedelta) -> list[list[tuple[date, int]]]:
    """Chains of neighbours that lie at most the window apart; members are in order."""
    chains: list[list[tuple[date, int]]] = []
    for member in members:
        if chains and member[0] - chains[-1][-1][0] <= window:
            chains[-1].append(member)
        else:
            chains.append([member])
    return chains


def added(rows: Iterable[Row], kind: str) -> Decimal:
    return sum((row.amount for row in rows if row.type == kind), Decimal(0))


def number(value: ParameterValue) -> Fraction:
    return Fraction(str(value))


def money(amount: Decimal | Fraction, organization: Organization) -> str:
    return rounded(Fraction(amount), organization.currency_decimals)


def rounded(value: Fraction, decimals: int) -> str:
    """Half away from zero."""
    units = (2 * abs(value) * 10**decimals + 1) // 2
    return f"{Decimal(units if value >= 0 else -units).scaleb(-decimals):f}"
