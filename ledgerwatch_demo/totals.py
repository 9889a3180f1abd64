"""Answers that follow from an organization's monthly totals: burn rate, opening balances, thresholds.

Here: when each organization burns, the balance that makes a burner's runway end near one month, and what the thresholds
of the key must report. Not here: the rows (``normal_rows.sql``, ``planting``); by the time this runs they are final.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from math import isqrt

from ledgerwatch_demo.answer_key import Decoy, Planted, PlantedOrganization, PlantedThreshold
from ledgerwatch_demo.draws import draw
from ledgerwatch_demo.planting import money
from ledgerwatch_demo.roster import CAMPAIGN_LEVELS, EXPENSE_PER_ROW, Organization, is_slow_burner

WINDOW_MONTHS = 3
THOUSAND = 100_000  # cents: balances and limits are whole thousands


def campaigns(organizations: Sequence[Organization], months: int, seed: int) -> dict[int, int]:
    """Return, by organization, the month in which its advertising budget is nearly used; it is exceeded in the next."""
    if months < 2:
        return {}
    chosen = organizations[:: len(organizations) // (1 + isqrt(len(organizations)) // 3)]
    return {item.index: draw(seed, "campaign", item.index) % (months - 1) for item in chosen}


def campaign_levels(nearly: int | None, months: int) -> tuple[int, ...]:
    """Return the advertising spend per month in thousandths of the limit."""
    level = CAMPAIGN_LEVELS
    ramp = {} if nearly is None else {nearly: level["approached"], nearly + 1: level["exceeded"]}
    return tuple(ramp.get(month, level["usual"]) for month in range(months))


def described(item: Organization, net: Sequence[int], months: Sequence[date]) -> PlantedOrganization:
    """Return the organization with its opening balance: none for every third, scarce for burners, ample for others.

    ``net`` is cents of spend less income, per month.
    """
    if item.burns:
        return _scarce(item, net, months)
    if item.index % 3 == 2 and not is_slow_burner(item.index):
        return PlantedOrganization(item.slug, item.name, "USD", None, None)
    return PlantedOrganization(item.slug, item.name, "USD", money(_thousands(24 * _usual_spend(item))), months[0])


def _scarce(item: Organization, net: Sequence[int], months: Sequence[date]) -> PlantedOrganization:
    """Return a burner with a balance by which its last months go through MEDIUM to HIGH, if any balance does that."""
    since = max(0, len(months) - 12)
    candidates = []
    for tenths in (13, 11, 15, 9, 17, 7, 19, 5, 21):  # of a month: the runway left at the end
        left = int(average_burn(net, len(months) - 1) * tenths / 10)
        balance = money(_thousands(left + sum(net[since:])))
        candidates.append(PlantedOrganization(item.slug, item.name, "USD", balance, months[since]))
        if {answer.severity for answer in burn_answers(candidates[-1], net, months)} == {"HIGH", "MEDIUM"}:
            return candidates[-1]
    return candidates[0]


def _usual_spend(item: Organization) -> int:
    return EXPENSE_PER_ROW * item.rows[0] * item.size // 100


def _thousands(cents: int) -> int:
    return -(-cents // THOUSAND) * THOUSAND


def average_burn(net: Sequence[int], month: int) -> Fraction:
    """Return burn_rate's net burn in cents for ``month``: the mean over its window, cut at the first month."""
    window = net[max(0, month - WINDOW_MONTHS + 1) : month + 1]
    return Fraction(sum(window), len(window))


def burn_answers(item: PlantedOrganization, net: Sequence[int], months: Sequence[date]) -> list[Planted]:
    """Apply burn_rate's rule with default parameters to every month of an organization."""
    if item.opening_balance is None or item.opening_date is None:
        return []
    answers = []
    cash = int(item.opening_balance.replace(".", ""))
    for month, first in enumerate(months):
        cash -= net[month] if first >= item.opening_date else 0
        burn = average_burn(net, month)
        if burn <= 0 or max(cash, 0) >= 6 * burn:
            continue
        severity = "HIGH" if max(cash, 0) < 3 * burn else "MEDIUM"
        answers.append(
            Planted(item.slug, "burn_rate", f"{first:%Y-%m}", severity, "runway", "", money(round(burn)), ())
        )
    return answers


def burn_decoys(item: Organization, net: Sequence[int], months: Sequence[date]) -> list[Decoy]:
    """Return the temptation of an organization that loses money lately, but has plenty."""
    burn = average_burn(net, len(months) - 1)
    if not is_slow_burner(item.index) or burn <= 0:
        return []
    reason = "spends more than it earns, but could for more than six months"
    return [Decoy(item.slug, "burn_rate", f"{months[-1]:%Y-%m}", "", money(round(burn)), (), reason)]


def thresholds(
    item: Organization,
    *,
    nearly: int | None,
    advertising: Mapping[int, int],
    income: Sequence[int],
    spend: Sequence[int],
    months: Sequence[date],
) -> tuple[list[PlantedThreshold], list[Planted], list[Decoy]]:
    """Return an organization's thresholds and what they must report.

    ``nearly`` is its month of ``campaigns``; ``advertising``, ``income`` and ``spend`` are cents per month.
    """
    limits: list[PlantedThreshold] = []
    planted: list[Planted] = []
    decoys: list[Decoy] = []
    if nearly is not None:
        limit = _limit(item, "advertising", "month", "category:Advertising", "expense", ">", item.campaign_limit)
        limits.append(limit)
        planted += _advertising_answers(limit, item.campaign_limit, advertising, months)
        yearly = _thousands(24 * _usual_spend(item))
        limits.append(_limit(item, "annual-spend", "year", "all", "expense", ">", yearly))
        decoys.append(_annual_decoy(limits[-1], spend, months))
    if item.burns:
        least = item.monthly_income * 6 // 10 // THOUSAND * THOUSAND
        limit = _limit(item, "minimum-income", "month", "all", "income", "<", least)
        limits.append(limit)
        planted += [
            _answer(limit, month, "MEDIUM", "exceeded", total)
            for month, total in zip(months, income, strict=True)
            if total < least
        ]
    return limits, planted, decoys


def _limit(
    item: Organization, slug: str, period: str, scope: str, type_: str, operator: str, cents: int
) -> PlantedThreshold:
    name = slug.replace("-", " ").capitalize()
    return PlantedThreshold(item.slug, slug, name, period, scope, type_, operator, money(cents))


def _answer(limit: PlantedThreshold, month: date, severity: str, level: str, cents: int) -> Planted:
    label = f"{month:%Y-%m}"
    return Planted(limit.organization, "budget_threshold", label, severity, level, limit.slug, money(cents), (month,))


def _advertising_answers(
    limit: PlantedThreshold, cents: int, advertising: Mapping[int, int], months: Sequence[date]
) -> list[Planted]:
    answers = []
    for number, month in enumerate(months):
        if advertising[number] > cents:
            answers.append(_answer(limit, month, "MEDIUM", "exceeded", advertising[number]))
        elif advertising[number] * 100 >= cents * limit.warn_at_percent:
            answers.append(_answer(limit, month, "LOW", "approached", advertising[number]))
    return answers


def _annual_decoy(limit: PlantedThreshold, spend: Sequence[int], months: Sequence[date]) -> Decoy:
    last = months[-1]
    total = sum(cents for cents, month in zip(spend, months, strict=True) if month.year == last.year)
    label, bucket = f"{last:%Y-%m}", (last.replace(month=1),)
    reason = "a yearly limit of which about half is used"
    return Decoy(limit.organization, "budget_threshold", label, limit.slug, money(total), bucket, reason)
