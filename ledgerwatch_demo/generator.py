"""Realistic transactions of many organizations, with planted anomalies and the key that says which.

Here: ``generate``, which brings the parts together and decides about files. Not here: who is paid what (``roster``),
what is planted (``planting``, ``totals``), the rows and SQL (``posting_store``), the key's shape (``answer_key``),
comparing findings with it (``scoring``). Called by ``ledgerwatch generate``, ``ledgerwatch demo``, tests, benchmarks.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from pathlib import Path

from ledgerwatch_demo import names, planting, roster, totals
from ledgerwatch_demo.answer_key import (
    FILE_NAME,
    AnswerKey,
    Decoy,
    Planted,
    PlantedOrganization,
    PlantedThreshold,
)
from ledgerwatch_demo.posting_store import PostingStore
from ledgerwatch_pipeline.model.month import Month

__all__ = ["AnswerKey", "generate"]

MAX_FILES = 2_000
MAX_MONTHS = 240
LAST_MONTH = Month(2024, 12)  # in the past for good, so the dates are valid whenever the data is made
BATCH_ROWS = 400_000  # organizations are worked on together up to this many rows: a bound on memory

# From fine to coarse: how a month's file is called.
PERIODS: tuple[Callable[[date], str], ...] = (
    lambda month: f"{month:%Y-%m}",
    lambda month: f"{month.year}-Q{(month.month + 2) // 3}",
    lambda month: f"{month.year}",
    lambda _month: "whole",
)


def generate(
    out: Path,
    *,
    rows: int,
    orgs: int,
    months: int,
    seed: int,
    start: date | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    threads: int | None = None,
) -> AnswerKey:
    """Write ``rows`` transactions as ``out/<organization>/<period>.csv`` and the key as ``out/answer_key.json``.

    A period is a calendar month, or the shortest of quarter (``2024-Q1``), year and everything (``whole``) that makes
    at most ``MAX_FILES`` files. Files are RFC 4180 (CRLF, UTF-8, no byte-order mark), ordered by date, with columns
    date, vendor, amount, category, description, and a sixth, type, in the few files that hold a refund. Their bytes
    depend on ``rows``, ``orgs``, ``months``, ``seed`` and ``start`` only; ``threads`` limits DuckDB, no more. Without
    ``start`` the last month is ``LAST_MONTH``.

    ``out`` must be absent or empty: FileExistsError. Fewer than 40 rows a month for an organization, or a number out of
    bounds: ValueError. ``on_progress`` is called with rows written and rows in all. The key is written last: a folder
    without one is unfinished.
    """
    if start is None:
        start = first_month(months).first_day
    _check(out, rows=rows, orgs=orgs, months=months, start=start)
    world = _plan(rows=rows, orgs=orgs, months=months, seed=seed, start=start)
    out.mkdir(parents=True, exist_ok=True)
    answers, files, written = _Answers(), 0, 0
    with PostingStore(world.calendar, seed, threads) as store:
        for batch in _batches(world.plans):
            scenes = _draw(store, batch, world)
            for scene in scenes:
                answers.add(scene, world.campaigns.get(scene.organization.index))
                files += _write_files(store, out, scene, world.period)
                written += sum(scene.organization.rows)
                if on_progress is not None:
                    on_progress(written, rows)
    key = AnswerKey(
        rows=rows,
        orgs=orgs,
        months=months,
        seed=seed,
        start=start,
        files=files,
        organizations=tuple(answers.organizations),
        thresholds=tuple(answers.thresholds),
        planted=tuple(sorted(answers.planted, key=lambda item: (item.organization, item.analyzer, item.month))),
        decoys=tuple(sorted(answers.decoys, key=lambda item: (item.organization, item.analyzer, item.month))),
    )
    key.write(out / FILE_NAME)
    return key


def first_month(months: int) -> Month:
    """Return the first of so many months that end with ``LAST_MONTH``."""
    if not 1 <= months <= MAX_MONTHS:
        raise ValueError(f"months must be 1..{MAX_MONTHS}, not {months}")
    return LAST_MONTH.plus(1 - months)


@dataclass(frozen=True, slots=True)
class _World:
    """All that is decided before the first row is drawn."""

    seed: int
    calendar: tuple[date, ...]
    plans: tuple[roster.Organization, ...]
    plants: dict[int, list[planting.Plant]]
    campaigns: dict[int, int]
    period: Callable[[date], str]


@dataclass(slots=True)
class _Answers:
    """The key under construction."""

    organizations: list[PlantedOrganization] = field(default_factory=list)
    thresholds: list[PlantedThreshold] = field(default_factory=list)
    planted: list[Planted] = field(default_factory=list)
    decoys: list[Decoy] = field(default_factory=list)

    def add(self, scene: planting.Scene, campaign: int | None) -> None:
        """Take what was planted row by row, and work out what follows from the organization's totals."""
        months = range(len(scene.months))
        income = [scene.totals[month, "income"][0] for month in months]
        spend = [scene.totals[month, "expense"][0] - scene.totals[month, "refund"][0] for month in months]
        net = [spent - earned for spent, earned in zip(spend, income, strict=True)]
        described = totals.described(scene.organization, net, scene.months)
        line = scene.organization.lines_of("campaign")[0].line
        thresholds, planted, decoys = totals.thresholds(
            scene.organization,
            nearly=campaign,
            advertising={month: scene.spend[line, month] for month in months},
            income=income,
            spend=spend,
            months=scene.months,
        )
        self.organizations.append(described)
        self.thresholds += thresholds
        self.planted += [*scene.planted, *totals.burn_answers(described, net, scene.months), *planted]
        self.decoys += [*scene.decoys, *totals.burn_decoys(scene.organization, net, scene.months), *decoys]


def _check(out: Path, *, rows: int, orgs: int, months: int, start: date) -> None:
    if not 1 <= orgs <= names.MAX_ORGANIZATIONS:
        raise ValueError(f"orgs must be 1..{names.MAX_ORGANIZATIONS}, not {orgs}")
    if not 1 <= months <= MAX_MONTHS:
        raise ValueError(f"months must be 1..{MAX_MONTHS}, not {months}")
    least = orgs * months * roster.MIN_ROWS_PER_MONTH
    if rows < least:
        raise ValueError(
            f"{orgs} organizations x {months} months need at least {least} rows "
            f"({roster.MIN_ROWS_PER_MONTH} a month each), not {rows}"
        )
    if start.day != 1:
        raise ValueError(f"start must be the first day of a month, not {start}")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise FileExistsError(f"{out} exists and is not an empty folder")


def _plan(*, rows: int, orgs: int, months: int, seed: int, start: date) -> _World:
    per_org, extra = divmod(rows, orgs)
    plans = tuple(
        roster.organization(index, rows=per_org + (index < extra), months=months, seed=seed) for index in range(orgs)
    )
    zero = start.year * 12 + start.month - 1
    calendar = tuple(date((zero + number) // 12, (zero + number) % 12 + 1, 1) for number in range(months))
    plants: defaultdict[int, list[planting.Plant]] = defaultdict(list)
    for plant in planting.schedule(plans, months, seed):
        plants[plant.org].append(plant)
    fits = (period for period in PERIODS if orgs * len(set(map(period, calendar))) <= max(MAX_FILES, orgs))
    return _World(seed, calendar, plans, plants, totals.campaigns(plans, months, seed), next(fits))


def _batches(plans: Sequence[roster.Organization]) -> Iterator[list[roster.Organization]]:
    batch: list[roster.Organization] = []
    size = 0
    for plan in plans:
        if batch and size + sum(plan.rows) > BATCH_ROWS:
            yield batch
            batch, size = [], 0
        batch.append(plan)
        size += sum(plan.rows)
    yield batch


def _draw(store: PostingStore, batch: Sequence[roster.Organization], world: _World) -> list[planting.Scene]:
    """Fill the store with all rows of a batch, planted ones included, and return what is known of each organization."""
    months = len(world.calendar)
    plants = [plant for plan in batch for plant in world.plants.get(plan.index, ())]
    room = Counter((plant.org, month) for plant in plants for month in plant.row_months)
    levels = {plan.index: totals.campaign_levels(world.campaigns.get(plan.index), months) for plan in batch}
    store.fill(batch, room, levels)
    hiding = [(plant.org, plant.line.line) for plant in plants if plant.line is not None]
    spend = store.spend([*hiding, *((plan.index, plan.lines_of("campaign")[0].line) for plan in batch)])
    found = store.totals()
    scenes = [planting.Scene(plan, world.calendar, world.seed, found[plan.index], spend[plan.index]) for plan in batch]
    for scene in scenes:
        scene.resolve(world.plants.get(scene.organization.index, ()))
    store.add([row for scene in scenes for row in scene.rows])
    return scenes


def _write_files(store: PostingStore, out: Path, scene: planting.Scene, period: Callable[[date], str]) -> int:
    """Write an organization's files and return how many."""
    folder = out / scene.organization.slug
    folder.mkdir()
    refunded = {row.month for row in scene.rows if row.type == "refund"}
    files = 0
    for label, group in groupby(range(len(scene.months)), key=lambda month: period(scene.months[month])):
        months = list(group)
        with_type = not refunded.isdisjoint(months)
        store.write(folder / f"{label}.csv", scene.organization.index, months[0], months[-1], with_type=with_type)
        files += 1
    return files
