"""Makes the ledger anew from archive, registry and corrections, beside the lake, and says where the lake differs.

Each load is read from its archived bytes and judged with what decided it (``DecidedWith``), in the order in which loads and corrections
were committed. Three things are held against each other: what the registry says of a load, what comes of it now, and what the
lake has. Where the registry and what comes of it agree, the lake can be put right; where they do not, nothing is touched. Cutting
loads into batches and finding the one that fails are ``pipeline.rebuild``'s.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from uuid import UUID

from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing import accept, correct
from ledgerwatch_pipeline.importing.check.rules import RULES_VERSION
from ledgerwatch_pipeline.importing.judge import judged_over
from ledgerwatch_pipeline.importing.receive.archive import archive_path
from ledgerwatch_pipeline.importing.stage import Days, LoadFile
from ledgerwatch_pipeline.model.correction import CorrectionKind, CorrectionRow
from ledgerwatch_pipeline.model.errors import ItemError
from ledgerwatch_pipeline.model.load import Decision, LoadRow, LoadStatus, OnOverlap
from ledgerwatch_pipeline.stores.lake import ledger
from ledgerwatch_pipeline.stores.lake.beside import OF_LOADS, Beside, Content

_CHUNK = 4 * 1024 * 1024
_FIGURES = ("rows", "accepted", "rejected", "skipped", "blank", "expense", "income", "refund", "months")
_WORDS = {
    "load_totals": "control totals",
    "load_vendors": "vendors",
    "row_issues": "row issues",
    "transactions": "rows",
}


class Verdict(StrEnum):
    """What is wrong with a load: the lake has not what comes of it; or not even that is what the registry says."""

    LAKE = "lake"
    REGISTRY = "registry"


@dataclass(frozen=True, slots=True)
class LoadDifference:
    """A load that is not everywhere the same, and what differs in words."""

    load: LoadRow
    verdict: Verdict
    told: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came of holding the second ledger against the lake.

    differing: loads, in the order of their commits. unknown: loads that the lake has rows of and the registry does not know, with how
    many rows. corrections: whether the lake has the corrections that PostgreSQL has. lost: tables of the lake that cannot be read.
    """

    loads: int
    rows: int
    differing: tuple[LoadDifference, ...]
    unknown: Mapping[UUID, int]
    corrections: bool
    lost: Mapping[str, str]

    @property
    def equal(self) -> bool:
        """Whether the lake is what archive, registry and corrections say."""
        return not self.differing and not self.unknown and self.corrections and not self.lost


@dataclass(frozen=True, slots=True)
class Batch:
    """Loads that can be judged together: they were judged on one day, and no correction that could matter to them came between."""

    loads: tuple[LoadRow, ...]


def steps(
    loads: Sequence[LoadRow], corrections: Sequence[CorrectionRow], most_bytes: int
) -> list[Batch | CorrectionRow]:
    """Batches of loads and corrections, in the order in which they were committed. Corrections that bring a row come with its load."""
    carried = {each.new_load_id: each for each in corrections if each.new_load_id is not None}
    events: list[tuple[datetime, int, LoadRow | CorrectionRow]] = []
    for place, load in enumerate(loads):
        if load.finished_at is not None:
            events.append((load.finished_at, place, load))
    for place, each in enumerate(corrections):
        if each.new_load_id is None and each.finished_at is not None:
            events.append((each.finished_at, len(loads) + place, each))
    events.sort(key=lambda event: event[:2])
    found: list[Batch | CorrectionRow] = []

    def kind(event: tuple[datetime, int, LoadRow | CorrectionRow]) -> tuple[object, ...]:
        subject = event[2]
        if isinstance(subject, CorrectionRow):
            return ("correction", subject.id)
        if subject.id in carried:
            return ("carried", subject.id)
        with_ = subject.decided_with
        return ("load", None if with_ is None else (with_.first_month, with_.judged_on))

    for _, group in groupby(events, key=kind):
        subjects = [subject for _, _, subject in group]
        if isinstance(subjects[0], CorrectionRow):
            found.append(subjects[0])
        else:
            found += _portions([each for each in subjects if isinstance(each, LoadRow)], most_bytes)
    return found


def _portions(loads: Sequence[LoadRow], most_bytes: int) -> Iterator[Batch]:
    portion: list[LoadRow] = []
    size = 0
    for load in loads:
        if portion and size + load.bytes > most_bytes:
            yield Batch(tuple(portion))
            portion, size = [], 0
        portion.append(load)
        size += load.bytes
    if portion:
        yield Batch(tuple(portion))


def judge_again(
    home: Home, beside: Beside, loads: Sequence[LoadRow], carried: Mapping[UUID, CorrectionRow]
) -> dict[UUID, Decision]:
    """Judge these loads as they were judged, write what comes of them into the second ledger, and say what that is; all of them or,
    where this raises, none. Raises ItemError for one whose archived bytes are gone or not the ones."""
    files = [_archived(home, load) for load in loads]
    with_ = loads[0].decided_with
    days = Days.today(home.settings.first_month) if with_ is None else Days(with_.first_month, with_.judged_on)
    theirs = {load.id: carried[load.id] for load in loads if load.id in carried}
    replaced = correct.replaced_rows(theirs)
    with judged_over(beside.con, home.settings, files, days, replaced) as judgement:
        beside.con.begin()
        try:
            accept.write(beside.con, judgement, theirs)
        except BaseException:
            beside.con.rollback()
            raise
        beside.con.commit()
        return {each.load_id: each for each in judgement.decisions}


def correct_again(beside: Beside, correction: CorrectionRow) -> None:
    """Write a correction that brings no row into the second ledger; raises ItemError where it is about a row that is not there."""
    if correction.load_id is None:
        raise ValueError(f"correction {correction.id} brings a row")
    if correction.row_number is None:
        ledger.write_withdrawal(beside.con, correction.id, correction.organization_id, correction.load_id)
        return
    out = correction.kind is not CorrectionKind.RESTORE
    if ledger.write_row(beside.con, correction.id, correction.load_id, correction.row_number, out=out) is None:
        raise ItemError(
            f"correction {correction.id} is about transaction {correction.transaction}, which no load brings"
        )


def compare(
    beside: Beside,
    loads: Sequence[LoadRow],
    organizations: Sequence[UUID],
    decisions: Mapping[UUID, Decision],
    failures: Mapping[UUID, str],
    under_way: frozenset[UUID],
) -> Comparison:
    """Hold registry, second ledger and lake against each other.

    decisions: what came of each load. failures: of which nothing came, and why. under_way: loads that are not decided, whose rows
    the lake may have already.
    """
    lost = beside.lost()
    anew = {table: beside.contents("lake", table, organizations) for table in OF_LOADS}
    kept = {table: {} if table in lost else beside.contents("standing", table, organizations) for table in OF_LOADS}
    attempts = [(load.id, load.attempts) for load in loads]
    issues = beside.issues("lake", attempts), {} if "row_issues" in lost else beside.issues("standing", attempts)
    differing = []
    for load in loads:
        told = failures.get(load.id) or _unlike_registry(load, decisions[load.id])
        if told is not None:
            differing.append(LoadDifference(load, Verdict.REGISTRY, told))
            continue
        wrong = [
            _unlike(_WORDS[table], anew[table].get(load.id), kept[table].get(load.id))
            for table in OF_LOADS
            if anew[table].get(load.id) != kept[table].get(load.id)
        ]
        if issues[0].get(load.id) != issues[1].get(load.id):
            wrong.append(_unlike(_WORDS["row_issues"], issues[0].get(load.id), issues[1].get(load.id)))
        if wrong:
            differing.append(LoadDifference(load, Verdict.LAKE, "; ".join(wrong)))
    known = {load.id for load in loads} | under_way
    unknown = {load_id: content.rows for load_id, content in kept["transactions"].items() if load_id not in known}
    corrections = not lost.keys() & {"taken_out", "withdrawn_loads"} and all(
        beside.contents("lake", table, organizations) == beside.contents("standing", table, organizations)
        for table in ("taken_out", "withdrawn_loads")
    )
    return Comparison(
        loads=len(loads),
        rows=sum(content.rows for content in anew["transactions"].values()),
        differing=tuple(differing),
        unknown=unknown,
        corrections=corrections,
        lost=lost,
    )


def _archived(home: Home, load: LoadRow) -> LoadFile:
    """The load as it was when it was decided, and its archived bytes, which are hashed anew."""
    path = archive_path(home.settings.archive, load.sha256)
    if load.damage is not None:
        raise ItemError(load.damage)
    if not path.is_file():
        raise ItemError(f"its archived bytes are gone: there is no file {path.relative_to(home.settings.home)}")
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    if digest.hexdigest() != load.sha256:
        raise ItemError(f"its archived bytes were changed: {path.relative_to(home.settings.home)} has another sha256")
    with_ = load.decided_with
    if with_ is not None:
        load = replace(
            load,
            currency=with_.currency,
            currency_decimals=with_.currency_decimals,
            revenue_categories=with_.revenue_categories,
            options=replace(load.options, profile=with_.profile),
        )
    if load.status is not LoadStatus.REJECTED and load.options.on_overlap is OnOverlap.HOLD:  # it was not held
        load = replace(load, options=replace(load.options, on_overlap=OnOverlap.KEEP))
    return LoadFile(load, path, str(path.relative_to(home.settings.home)))


def _unlike_registry(load: LoadRow, decision: Decision) -> str | None:
    """How what comes of a load now differs from what the registry says; None: not at all."""
    was_accepted = load.status in (LoadStatus.ACCEPTED, LoadStatus.WITHDRAWN)
    told = []
    if (decision.status is LoadStatus.ACCEPTED) != was_accepted:
        told.append(
            f"it was {load.status}, and would be {decision.status} now ({decision.reason or 'all rows are good'})"
        )
    else:
        told = [
            f"{name} {getattr(load, name)} then, {getattr(decision, name)} now"
            for name in _FIGURES
            if (getattr(load, name) or 0) != (getattr(decision, name) or 0)
        ]
    if not told:
        return None
    return "; ".join([*told, *_versions(load, decision)])


def _versions(load: LoadRow, decision: Decision) -> list[str]:
    """Which versions decided a load, where those of today are others."""
    was, is_ = load.decided_with, decision.decided_with
    found = []
    if was is not None and was.rules != RULES_VERSION:
        found.append(f"it was decided by version {was.rules} of the rules, here is {RULES_VERSION}")
    if was is not None and is_ is not None and was.reader != is_.reader:
        found.append(f"it was read by {was.reader!r}, here is {is_.reader!r}")
    return found


def _unlike(what: str, anew: Content | None, kept: Content | None) -> str:
    rows, has = (0 if each is None else each.rows for each in (anew, kept))
    if rows == has:
        return f"{what}: {rows:,}, but not the same"
    return f"{what}: {rows:,} by archive and registry, {has:,} in the lake"
