"""The demo: generated files of three organizations in this home, ready to import, and how well the alerts agree with them.

Here: ``prepare`` (data, organizations, delivery) and ``judge`` (alerts against the answer key). Not here: importing and
analysing, which the face launches between the two as for any other file, and showing anything. Called by
``ledgerwatch demo``. Everything may be called again: what is there already is left as it is.
"""

import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid4

from ledgerwatch_demo.answer_key import FILE_NAME, AnswerKey, PlantedOrganization, PlantedThreshold
from ledgerwatch_demo.scoring import Found, Score, score
from ledgerwatch_pipeline.access.principal import Principal
from ledgerwatch_pipeline.analysis import thresholds
from ledgerwatch_pipeline.analysis.thresholds import ThresholdFields
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing.receive.files import receive
from ledgerwatch_pipeline.model.alert import AlertFilter, AlertRow, AlertStatus, Outcome
from ledgerwatch_pipeline.model.errors import ConflictError, FileRejectedError, LedgerWatchError, UnknownThingError
from ledgerwatch_pipeline.model.load import ImportOptions, LoadStatus
from ledgerwatch_pipeline.model.money import Currency
from ledgerwatch_pipeline.model.month import Month
from ledgerwatch_pipeline.model.organization import Organization
from ledgerwatch_pipeline.model.progress import Progress
from ledgerwatch_pipeline.model.threshold import Operator, Period, ThresholdScope, ThresholdType
from ledgerwatch_pipeline.stores.postgres import alerts, loads, organizations
from ledgerwatch_pipeline.stores.postgres.locks import Lock

ROWS = 18_000
ORGANIZATIONS = 3
MONTHS = 12


@dataclass(frozen=True, slots=True)
class Prepared:
    """The demo's files, delivered: their folder and answer key, every load, and the loads that wait to be imported."""

    folder: Path
    key: AnswerKey
    load_ids: tuple[UUID, ...]
    waiting: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the demo came to. ``alerts``: the unresolved ones, in rank order. ``not_built``: how many planted anomalies
    belong to analyzers that do not exist yet, by name; they are in no score."""

    alerts: tuple[AlertRow, ...]
    scores: tuple[Score, ...]
    not_built: dict[str, int]

    @property
    def perfect(self) -> bool:
        """Whether every analyzer found exactly what was planted for it."""
        return all(each.perfect for each in self.scores)


def prepare(home: Home, *, seed: int, principal: Principal, on_progress: Progress) -> Prepared:
    """Generate the data unless it is there, add its organizations, and deliver every file.

    Raises ConflictError, with nothing changed in the database, when an organization is there with other fields.
    """
    folder = home.settings.home / "demo" / f"seed-{seed}"
    with home.database.lock(Lock.DEMO):  # two demos at once would write into one folder
        key = finished(folder, seed) or _generate(folder, seed, on_progress)
        _add_organizations(home, key, principal)
        _add_thresholds(home, key, principal)
    receipts = [
        receipt
        for planted in key.organizations
        for receipt in receive(
            home, sorted((folder / planted.slug).glob("*.csv")), planted.slug, ImportOptions(), principal
        )
    ]
    waiting = (receipt.load_id for receipt in receipts if receipt.first_status is LoadStatus.RECEIVED)
    return Prepared(folder, key, tuple(receipt.load_id for receipt in receipts), tuple(waiting))


def work_left(home: Home, prepared: Prepared) -> bool:
    """Whether anything is to be imported or analysed; False when an earlier demo did it all."""
    if prepared.waiting:
        return True
    with home.database.transaction() as connection:
        return loads.unfinished(connection)


def judge(home: Home, prepared: Prepared, analyzers: Sequence[str], principal: Principal) -> Judgement:
    """Compare the alerts of the demo's organizations with the answer key, for ``analyzers`` (those that exist).

    Acknowledged and resolved alerts were found like open ones; those that no longer hold were not. Raises
    FileRejectedError when a demo file is not in the ledger, and LedgerWatchError when it could not be decided.
    """
    with home.database.transaction() as connection:
        rows = loads.by_ids(connection, prepared.load_ids)
        found = [
            alert
            for planted in prepared.key.organizations
            for alert in alerts.ranked(
                connection,
                AlertFilter(tuple(AlertStatus), organizations.get(connection, planted.slug, principal).id),
                principal,
                limit=None,
                after=None,
            )
        ]
    for row in rows.values():
        if row.status is LoadStatus.REJECTED:
            rule = next(iter(row.rules or ()), "file")
            raise FileRejectedError(rule, f"the demo's file {row.file} was rejected: {row.reason}")
        if row.status is LoadStatus.FAILED:
            raise LedgerWatchError(f"the demo's file {row.file} failed: {row.error}; mend it, then: ledgerwatch retry")
    found.sort(key=lambda alert: (alert.rank_key, alert.organization, alert.number))
    holding = [_as_found(alert) for alert in found if alert.outcome is not Outcome.NO_LONGER_HOLDS]
    planted_for = Counter(item.analyzer for item in prepared.key.planted)
    return Judgement(
        alerts=tuple(alert for alert in found if alert.status is not AlertStatus.RESOLVED),
        scores=tuple(score(prepared.key, holding, analyzers)),
        not_built={name: count for name, count in sorted(planted_for.items()) if name not in analyzers},
    )


def finished(folder: Path, seed: int) -> AnswerKey | None:
    """The answer key of ``folder`` if that holds the whole demo of ``seed``, else None: the key is written last."""
    try:
        key = AnswerKey.read(folder / FILE_NAME)
    except (FileNotFoundError, ValueError, KeyError, TypeError):  # absent, cut off, or of another version
        return None
    asked_for = (key.rows, key.orgs, key.months, key.seed) == (ROWS, ORGANIZATIONS, MONTHS, seed)
    return key if asked_for and len(list(folder.glob("*/*.csv"))) == key.files else None


def _generate(folder: Path, seed: int, on_progress: Progress) -> AnswerKey:
    from ledgerwatch_demo.generator import generate  # DuckDB, which a second demo does not need

    if folder.exists():
        shutil.rmtree(folder)
    return generate(
        folder,
        rows=ROWS,
        orgs=ORGANIZATIONS,
        months=MONTHS,
        seed=seed,
        on_progress=lambda done, total: on_progress("generating rows", done, total),
    )


def _add_organizations(home: Home, key: AnswerKey, principal: Principal) -> None:
    """Add the organizations that are not there, all or none."""
    missing = []
    with home.database.transaction() as connection:
        for planted in key.organizations:
            wanted = _organization(planted)
            try:
                there = organizations.get(connection, planted.slug, principal)
            except UnknownThingError:
                missing.append(wanted)
                continue
            _require_equal(there, wanted, key.seed)
        organizations.add_all(connection, missing, principal)


def _add_thresholds(home: Home, key: AnswerKey, principal: Principal) -> None:
    """Add the thresholds that are not there; what a person made of one since stays."""
    there = {(of.slug, each.slug) for of, each in thresholds.list_all(home, None, principal)}
    for planted in key.thresholds:
        if (planted.organization, planted.slug) not in there:
            thresholds.add(home, planted.organization, planted.slug, _threshold(planted), principal)


def _threshold(planted: PlantedThreshold) -> ThresholdFields:
    operator = Operator(planted.operator)
    return ThresholdFields(
        name=planted.name,
        period=Period(planted.period),
        amount=Decimal(planted.amount),
        scope=ThresholdScope.parse(planted.scope),
        type=ThresholdType(planted.type),
        operator=operator,
        warn_at=None if operator.waits else Decimal(planted.warn_at_percent),
    )


def _organization(planted: PlantedOrganization) -> Organization:
    balance = None if planted.opening_balance is None else Decimal(planted.opening_balance)
    currency = Currency.of(planted.currency)
    return Organization(
        uuid4(), planted.slug, planted.name, currency.code, currency.decimals, balance, planted.opening_date
    )


def _require_equal(there: Organization, wanted: Organization, seed: int) -> None:
    fields = ("name", "currency", "opening_balance", "opening_date", "revenue_categories")
    differing = [name for name in fields if getattr(there, name) != getattr(wanted, name)]
    if differing:
        details = ", ".join(f"{name} {getattr(there, name)} and not {getattr(wanted, name)}" for name in differing)
        raise ConflictError(
            f"the organization {wanted.slug!r} exists already with {details}; the demo of seed {seed} needs a home "
            "of its own: set LEDGERWATCH_HOME to a new folder"
        )


def _as_found(alert: AlertRow) -> Found:
    """An alert as the scoring takes it; the dates are those its evidence names, if any."""
    evidence = alert.evidence
    days = evidence.get("dates") or [evidence[key] for key in ("date", "period_start") if key in evidence]
    return Found(
        organization=alert.organization,
        analyzer=alert.analyzer,
        month=str(Month.of(alert.month)),
        subject=str(evidence.get("threshold", alert.subject)),
        dates=tuple(date.fromisoformat(str(day)) for day in (days if isinstance(days, Sequence) else ())),
        severity=alert.severity.value,
    )
