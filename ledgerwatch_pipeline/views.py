"""What rows look like as JSON: one shape a thing, with stable keys, the same for every face.

Amounts are strings with the currency's decimals, months ``YYYY-MM``, moments ISO 8601 in UTC with a Z. Called by the command
line; nothing is looked up here, and nothing printed.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias
from uuid import UUID

from ledgerwatch_pipeline.analysis.contract import Analyzer, ChoiceParameter, DecimalParameter, Parameter
from ledgerwatch_pipeline.model.alert import AlertNumber, AlertRow, Severity
from ledgerwatch_pipeline.model.audit import AuditRow, AuditVerification, ChainHead, SubjectType, timestamp
from ledgerwatch_pipeline.model.case import CaseRow, CaseSignal
from ledgerwatch_pipeline.model.correction import CorrectionRow
from ledgerwatch_pipeline.model.json import JsonValue
from ledgerwatch_pipeline.model.load import LoadRow, Overlap, OverlapSide
from ledgerwatch_pipeline.model.money import plain_amount
from ledgerwatch_pipeline.model.month import Month
from ledgerwatch_pipeline.model.mute import MuteNumber, MuteRow
from ledgerwatch_pipeline.model.operations import MonthClose, Queue
from ledgerwatch_pipeline.model.organization import Organization
from ledgerwatch_pipeline.model.precision import Decisions
from ledgerwatch_pipeline.model.row_issue import IssueKind, IssueReport, RowIssue
from ledgerwatch_pipeline.model.run import RunResult, RunRow
from ledgerwatch_pipeline.model.threshold import Threshold
from ledgerwatch_pipeline.model.transaction import JSON_COLUMNS, TYPES
from ledgerwatch_pipeline.model.work import Failure
from ledgerwatch_pipeline.ranking.explain import reasons, sentence
from ledgerwatch_pipeline.reports.contract import Answer, Column, Report, Value

if TYPE_CHECKING:  # their modules load DuckDB, which a list of alerts does without
    from ledgerwatch_pipeline.alerting.act import BulkOutcome
    from ledgerwatch_pipeline.analysis.backtest import Backtest, Counts, Trial, TrialFinding
    from ledgerwatch_pipeline.analysis.explain import Difference, Explanation, UsedParameter
    from ledgerwatch_pipeline.pipeline.operations import Operations
    from ledgerwatch_pipeline.stores.lake.load_totals import OrganizationMonth
    from ledgerwatch_pipeline.stores.lake.transactions import TransactionRow
    from ledgerwatch_pipeline.stores.postgres.alerts import AlertsOfKind

Document: TypeAlias = dict[str, JsonValue]
"""A JSON object."""


def alert(row: AlertRow) -> Document:
    """An alert, as lists and its own page have it."""
    return {
        "number": str(row.name),
        "id": str(row.id),
        "organization": row.organization,
        "analyzer": row.analyzer,
        "severity": row.severity.value,
        "status": row.status.value,
        "title": row.title,
        "message": row.message,
        "subject": row.subject,
        "amount": plain_amount(row.amount, row.currency_decimals),
        "month": str(Month.of(row.month)),
        "transactions": _texts(row.transactions),
        "evidence": row.evidence,
        "muted": row.muted_by is not None,
        "assignee": row.assignee,
        "outcome": row.outcome.value if row.outcome else None,
    }


def earlier_decision(row: AlertRow) -> Document:
    """What was decided about an alert, as the page of a later one has it."""
    return {
        "number": str(row.name),
        "analyzer": row.analyzer,
        "month": str(Month.of(row.month)),
        "title": row.title,
        "outcome": row.outcome.value if row.outcome else None,
        "by": row.resolved_by,
        "at": timestamp(row.resolved_at) if row.resolved_at else None,
        "note": row.note,
    }


ALERTS_OF_KIND = ("month", "analyzer", "severity", "currency", "open", "acknowledged", "resolved", "amount")
"""The keys of alerts_of_kind, in order."""


def alerts_of_kind(row: "AlertsOfKind") -> Document:
    """Alerts of one month, analyzer, severity and currency, counted."""
    return {
        "month": str(Month.of(row.month)),
        "analyzer": row.analyzer,
        "severity": row.severity.value,
        "currency": row.currency,
        "open": row.open,
        "acknowledged": row.acknowledged,
        "resolved": row.resolved,
        "amount": plain_amount(row.amount, row.currency_decimals),
    }


def bulk_outcome(action: str, row: "BulkOutcome") -> Document:
    """What became of the alerts that a filter meant."""
    return {
        "action": action,
        "done": _texts(row.done),
        "unchanged": _texts(row.unchanged),
        "conflicts": [{"number": str(name), "status": status.value} for name, status in row.conflicts],
    }


def case(row: CaseRow, alerts: Iterable[AlertNumber]) -> Document:
    """A case with the numbers of its alerts, as lists and its own page have it; score in tenths of a bit."""
    return {
        "number": str(row.case),
        "id": str(row.id),
        "organization": row.organization,
        "month": str(Month.of(row.month)),
        "rank": row.rank,
        "score": row.score,
        "score_version": row.score_version,
        "priority": row.priority,
        "subject": row.name,
        "subject_key": row.subject,
        "lead": row.lead,
        "kinds": list(row.kinds),
        "status": row.status.value,
        "stake": plain_amount(row.stake, row.currency_decimals),
        "currency": row.currency,
        "reasons": list(reasons(row)),
        "transactions": _texts(row.transactions),
        "alerts": [str(each) for each in alerts],
        "listed": row.listed,
        "assignee": row.assignee,
        "outcome": row.outcome.value if row.outcome else None,
        "note": row.note,
        "snoozed_until": None if row.snoozed_until is None else row.snoozed_until.isoformat(),
        "muted": row.muted,
        "version": row.version,
    }


def mute(row: MuteRow, today: date) -> Document:
    """A mute and its state on a day; analyzer and vendor null: all. Who ended it is ``system`` where it ended by itself."""
    amount = row.up_to_amount
    return {
        "number": str(row.name),
        "id": str(row.id),
        "organization": row.organization,
        "analyzer": row.analyzer,
        "kinds": None if row.kinds is None else list(row.kinds),
        "vendor": row.vendor,
        "until": row.until.isoformat(),
        "reason": row.reason,
        "up_to_severity": None if row.up_to_severity is None else row.up_to_severity.value,
        "up_to_amount": None if amount is None else plain_amount(amount, row.currency_decimals),
        "alert": None if row.alert is None else str(AlertNumber(row.organization, row.alert)),
        "state": row.state(today).value,
        "created_by": row.created_by,
        "created_at": timestamp(row.created_at),
        "ended_how": None if row.ended_how is None else row.ended_how.value,
        "ended_by": row.ended_by,
        "ended_at": None if row.ended_at is None else timestamp(row.ended_at),
    }


def signal(row: CaseSignal, decimals: int) -> Document:
    """A signal of a case: its words and its figures. Figures that are amounts are in minor units, as they were computed with."""
    return {
        "kind": row.kind,
        "reason": sentence(row, decimals),
        "stake": plain_amount(row.stake, decimals),
        "evidence": row.evidence,
        "strength": row.strength,
        "rarity": row.rarity,
        "points": row.points,
        "findings": row.findings,
        "weaker": row.weaker,
        "as_strong": row.as_strong,
        "of_months": row.of_months,
        "figures": dict(row.figures),
    }


def organization(row: Organization) -> Document:
    """An organization with what can be set of it."""
    balance = row.opening_balance
    return {
        "id": str(row.id),
        "slug": row.slug,
        "name": row.name,
        "currency": row.currency,
        "opening_balance": None if balance is None else plain_amount(balance, row.currency_decimals),
        "opening_date": None if row.opening_date is None else row.opening_date.isoformat(),
        "revenue_categories": list(row.revenue_categories),
        "delivers": None if row.delivers is None else str(row.delivers),
        "delivers_since": None if row.delivers_since is None else row.delivers_since.isoformat(),
    }


def threshold(row: Threshold, of: Organization) -> Document:
    """A threshold; amounts with the decimals of its organization's currency, warn_at in percent."""
    return {
        "id": str(row.id),
        "organization": of.slug,
        **row.as_json(),
        "amount": plain_amount(row.amount, of.currency_decimals),
    }


def imported_file(
    file: str,
    organization_slug: str | None,
    *,
    status: str,
    reason: str | None,
    next_step: str | None = None,
    report: IssueReport,
    row: LoadRow | None = None,
) -> Document:
    """One file of an import's report: its figures are those of ``row``, zeros for a file that is in no registry.

    file: what it is called in this delivery. report: its first rows that are not in the ledger; of how many more there are
    says ``not_listed``. rules: broken rule → number of rows, also of a file that is refused as a whole.
    """
    errors, skipped = IssueKind.REJECTED, IssueKind.SKIPPED
    return {
        "load_id": None if row is None else str(row.id),
        "file": file,
        "organization": organization_slug,
        "status": status,
        **(_no_figures() if row is None else _figures(row)),
        "rules": {} if row is None else dict(row.rules or {}),
        "errors": [row_issue(each) for each in report.of_kind(errors)],
        "skipped_rules": dict(report.by_rule(skipped)),
        "skipped_rows": [row_issue(each) for each in report.of_kind(skipped)],
        "not_listed": {"errors": report.not_listed(errors), "skipped_rows": report.not_listed(skipped)},
        "overlap": None if row is None or row.overlap is None else overlap(row.overlap, row.currency_decimals),
        "reason": reason,
        "next": next_step,
    }


def overlap(row: Overlap, currency_decimals: int) -> Document:
    """Why a load is held: how many of its rows equal others, of which loads, and some side by side."""
    return {
        "rows": row.rows,
        "equal": row.equal,
        "loads": [{"load_id": str(each.load_id), "file": each.file, "rows": each.rows} for each in row.loads],
        "examples": [
            {
                "date": each.date.isoformat(),
                "amount": plain_amount(each.amount, currency_decimals),
                "type": each.type,
                "own": _overlap_side(each.own),
                "load_id": str(each.load_id),
                "other": _overlap_side(each.other),
            }
            for each in row.examples
        ],
    }


def _overlap_side(row: OverlapSide) -> Document:
    return {
        "row": row.row,
        "vendor": row.vendor,
        "category": row.category,
        "description": row.description,
        "reference": row.reference,
    }


def load(row: LoadRow) -> Document:
    """A load as the registry lists it."""
    return {
        "load_id": str(row.id),
        "organization": row.organization,
        "file": row.file,
        "sha256": row.sha256,
        "status": row.status.value,
        **_figures(row),
        "rules": dict(row.rules) if row.rules is not None else None,
        "reason": row.reason,
        "error": row.error,
        "attempts": row.attempts,
        "received_at": timestamp(row.received_at),
        "closed_by": row.closed_by,
        "closed_at": _moment(row.closed_at),
        "closed_note": row.closed_note,
        "origin": row.origin.value,
        "delivery": row.ordinal,
        "withdrawn_by": row.withdrawn_by,
        "withdrawn_at": _moment(row.withdrawn_at),
        "withdrawn_reason": row.withdrawn_reason,
        "on_overlap": row.options.on_overlap.value,
        "overlap": None if row.overlap is None else overlap(row.overlap, row.currency_decimals),
        "released_by": row.released_by,
        "released_at": _moment(row.released_at),
        "released_note": row.released_note,
    }


def correction(row: CorrectionRow) -> Document:
    """A correction of the ledger: what was done, to which transaction or load, by whom, when and why."""
    return {
        "id": str(row.id),
        "kind": row.kind.value,
        "status": row.status.value,
        "organization": row.organization,
        "transaction": _text(row.transaction),
        "load_id": _text(row.load_id),
        "new_transaction": _text(row.new_transaction),
        "actor": row.actor,
        "reason": row.reason,
        "key": row.key,
        "error": row.error,
        "created_at": timestamp(row.created_at),
        "finished_at": _moment(row.finished_at),
    }


CONTROL_TOTALS = ("organization", "month", "currency", "loads", "rows", "expense", "income", "refund", "net")


def control_totals(row: "OrganizationMonth") -> Document:
    """What the loads of an organization put into a month, with the keys of ``CONTROL_TOTALS`` in their order."""
    decimals = row.currency_decimals
    return {
        "organization": row.organization,
        "month": str(Month.of(row.month)),
        "currency": row.currency,
        "loads": row.loads,
        "rows": row.rows,
        "expense": plain_amount(row.expense, decimals),
        "income": plain_amount(row.income, decimals),
        "refund": plain_amount(row.refund, decimals),
        "net": plain_amount(row.net, decimals),
    }


def statements(row: LoadRow) -> list[Document]:
    """What the bank statements in a load's file say of themselves, in its order; none for any other file."""
    kept = row.decided_with.statements if row.decided_with else ()
    return [
        {
            "account": each.account,
            "currency": each.currency,
            "first": None if each.first is None else each.first.isoformat(),
            "last": None if each.last is None else each.last.isoformat(),
            "opening": None if each.opening is None else f"{each.opening:f}",
            "closing": None if each.closing is None else f"{each.closing:f}",
            "entries": each.entries,
            "movements": f"{each.movements:f}",
        }
        for each in kept
    ]


def row_issue(row: RowIssue) -> Document:
    """A row of a file that is not in the ledger, and why."""
    return {"row": row.row, "column": row.column, "value": row.value, "rule": row.rule, "message": row.message}


def transaction(row: "TransactionRow") -> Document:
    """A transaction of the ledger, with the keys ``model.transaction.JSON_COLUMNS`` in their order."""
    values: Document = {
        **row.texts,
        "id": str(row.id),
        "organization": row.organization,
        "date": row.date.isoformat(),
        "vendor": row.vendor,
        "amount": plain_amount(row.amount, row.currency_decimals),
        "type": row.type,
        "currency": row.currency,
        "load_id": str(row.load_id),
        "row_number": row.row_number,
    }
    return {column: values[column] for column in JSON_COLUMNS}


def run(row: RunRow) -> Document:
    """An analysis run with its totals."""
    return {
        "id": str(row.id),
        "analyzer": row.analyzer,
        "version": row.version,
        "first_month": row.months.first.first_day.isoformat(),
        "last_month": row.months.last.first_day.isoformat(),
        "status": row.status.value,
        "dagster_run_id": row.dagster_run_id,
        "ledger_snapshot": row.ledger_snapshot,
        "findings": row.findings,
        "alerts_raised": row.alerts_raised,
        "error": row.error,
        "created_at": timestamp(row.created_at),
        "started_at": _moment(row.started_at),
        "finished_at": _moment(row.finished_at),
    }


def run_result(row: RunResult) -> Document:
    """What a run gave for one organization and range of months."""
    return {
        "organization": row.organization,
        "first_month": row.months.first.first_day.isoformat(),
        "last_month": row.months.last.first_day.isoformat(),
        "parameters": dict(row.parameters),
        "thresholds": [each.as_json() for each in row.thresholds],
        "outcome": row.outcome.value,
        "findings": row.findings,
        "alerts_raised": row.alerts_raised,
        "not_enough_data": [
            {
                "reason": each.reason,
                "first_month": each.months.first.first_day.isoformat(),
                "last_month": each.months.last.first_day.isoformat(),
            }
            for each in row.insufficient
        ],
    }


def explanation(row: "Explanation") -> Document:
    """What is behind an alert. arithmetic: null where the rule cannot be shown at work, and then ``unavailable`` says why."""
    then, today = row.then, row.today
    return {
        "alert": alert(row.alert),
        "run": run(row.run),
        "rule": row.rule,
        "parameters": [_used_parameter(each) for each in row.parameters],
        "thresholds": [each.as_json() for each in row.thresholds],
        "arithmetic": None if then.finding is None else then.finding.arithmetic,
        "unavailable": then.unavailable,
        "differences": [_difference(each) for each in then.differences],
        "transactions": [{**transaction(each), "file": row.sources[each.load_id].file} for each in row.transactions],
        "today": {
            "verdict": today.verdict.value,
            "arithmetic": None if today.finding is None else today.finding.arithmetic,
            "differences": [_difference(each) for each in today.differences],
            "parameters": [_used_parameter(each) for each in today.parameters],
            "thresholds": [each.as_json() for each in today.thresholds],
            "reason": today.reason,
        },
    }


def _used_parameter(row: "UsedParameter") -> Document:
    return {"name": row.name, "value": row.value, "default": row.default}


def _difference(row: "Difference") -> Document:
    return {"figure": row.figure, "before": row.before, "now": row.now}


def backtest(row: "Backtest") -> Document:
    """What an analyzer would find with other parameters."""
    return {
        "analyzer": row.analyzer,
        "version": row.version,
        "organizations": list(row.organizations),
        "first_month": None if row.months is None else str(row.months.first),
        "last_month": None if row.months is None else str(row.months.last),
        "in_force": {name: dict(values) for name, values in row.in_force.items()},
        "trials": [_trial(each) for each in row.trials],
    }


def _trial(row: "Trial") -> Document:
    return {
        "parameters": dict(row.parameters),
        "total": _counts(row.total),
        "severities": {severity.value: _counts(counts) for severity, counts in row.by_severity.items()},
        "months": {str(month): _counts(counts) for month, counts in row.by_month.items()},
        "examples": {fate.value: [_trial_finding(each) for each in found] for fate, found in row.examples.items()},
    }


def _counts(row: "Counts") -> Document:
    return {
        "before": row.before,
        "after": row.after,
        "new": row.new,
        "gone": row.gone,
        "same": row.same,
        "changed": row.changed,
    }


def _trial_finding(row: "TrialFinding") -> Document:
    return {
        "organization": row.organization,
        "month": str(row.month),
        "before": row.before.value if row.before else None,
        "after": row.after.value if row.after else None,
        "title": row.title,
        "amount": plain_amount(row.amount, row.currency_decimals),
    }


def audit_event(row: AuditRow, subject: str) -> Document:
    """An event of the log. subject: as people call it, see ``audit_subject``."""
    return {
        "seq": row.seq,
        "event_type": row.event_type,
        "actor": row.actor,
        "organization": row.organization,
        "subject": subject,
        "created_at": timestamp(row.created_at),
        "metadata": row.metadata,
        "hash": row.hash,
    }


def unnumbered_alert(row: AuditRow) -> UUID | None:
    """The alert an event is about, if the event itself does not say its number. Those of version 0.1 say one that was given
    over all organizations, and is not the alert's any more."""
    if row.subject_type != SubjectType.ALERT or (row.form > 1 and "number" in row.metadata):
        return None
    try:
        return UUID(row.subject_id)
    except ValueError:
        return None


def audit_subject(row: AuditRow, numbers: Mapping[UUID, AlertNumber]) -> str:
    """What an event is about, as people call it: acme-18, acme-c12, an organization's slug, a load's or run's id, an analyzer,
    a threshold's slug.

    numbers: of the alerts that ``unnumbered_alert`` names.
    """
    if row.subject_type == SubjectType.ALERT:
        alert_id = unnumbered_alert(row)
        if alert_id is None and row.form > 1:
            return f"{row.organization}-{row.metadata['number']}"
        if alert_id is not None and alert_id in numbers:
            return str(numbers[alert_id])
    if row.form1_subject is not None:
        return row.form1_subject
    if row.subject_type == SubjectType.ORGANIZATION and row.organization is not None:
        return row.organization
    if row.subject_type == SubjectType.THRESHOLD:
        return str(row.metadata["slug"])
    if row.subject_type == SubjectType.CASE:
        return str(row.metadata["number"])
    if row.subject_type == SubjectType.MUTE:
        return str(MuteNumber(str(row.organization), int(str(row.metadata["number"]))))
    return row.subject_id


def chain_head(row: ChainHead) -> Document:
    """The end of an audit chain. organization: null for the installation's own."""
    return {"organization": row.organization, "chain": str(row.chain_id), "seq": row.seq, "hash": row.hash}


def failure(row: Failure) -> Document:
    """One item of work that failed."""
    return {"kind": row.kind, "organization": row.organization, "name": row.name, "error": row.error}


def operations(row: "Operations") -> Document:
    """How things stand with all organizations, and what of it needs a person."""
    return {
        "at": timestamp(row.at),
        "attention": [
            {"concern": each.concern.value, "count": each.count, "sentence": each.sentence} for each in row.attention
        ],
        "deliveries": {
            "expected": row.expected,
            "overdue": [
                {
                    "organization": each.organization,
                    "delivers": str(each.delivers),
                    "since": each.since.isoformat(),
                    "missed": each.missed,
                    "delivered_at": _moment(each.delivered_at),
                    "rejected_at": _moment(each.rejected_at),
                }
                for each in row.overdue_deliveries
            ],
        },
        "rejected": {"count": row.rejected.count, "loads": [load(each) for each in row.rejected.first]},
        "held": {"count": row.held.count, "loads": [load(each) for each in row.held.first]},
        "failed": {
            "count": row.failed,
            "loads": [load(each) for each in row.failed_loads.first],
            "analyses": [
                {
                    "organization": each.organization,
                    "analyzer": each.analyzer,
                    "error": each.error,
                    "items": each.items,
                    "since": timestamp(each.since),
                }
                for each in row.failed_analyses
            ],
        },
        "inbox": [
            {
                "organization": each.organization,
                "state": each.state.value,
                "files": each.files,
                "since": timestamp(each.since),
            }
            for each in row.inbox
        ],
        "queues": {
            "imports": _queue(row.imports),
            "analyses": _queue(row.analyses),
            "oldest_wait": _moment(row.oldest_wait),
            "keeps_up": row.keeps_up,
            "workers": row.workers,
        },
        "alerts": {
            "unresolved": _by_severity(row.unresolved_alerts),
            "new": _by_severity(row.new_alerts),
            "overdue": _by_severity(row.overdue_alerts),
            "overdue_after_days": _by_severity(row.alert_days),
            "of_organizations": [
                {
                    "organization": each.organization,
                    "severity": each.severity.value,
                    "who": each.who,
                    "unresolved": each.unresolved,
                    "new": each.new,
                    "overdue": each.overdue,
                    "overdue_since": _moment(each.overdue_since),
                }
                for each in row.alerts
            ],
        },
        "close": {
            "last_month": _close(row.last_month),
            "last_closed": None if row.last_closed is None else _close(row.last_closed),
        },
        "months_without_data": {
            "of_organizations": [
                {
                    "organization": each.organization,
                    "first_month": str(each.months.first),
                    "last_month": str(each.months.last),
                    "delivers": None if each.delivers is None else str(each.delivers),
                }
                for each in row.gaps
                if each.organization is not None
            ],
            "of_nobody": [{"first_month": str(each.first), "last_month": str(each.last)} for each in row.of_nobody],
        },
        "audit": None if row.verification is None else _verification(row.verification),
    }


def _queue(row: Queue) -> Document:
    return {
        "waiting": row.waiting,
        "in_work": row.in_work,
        "since": _moment(row.since),
        "came_last_day": row.came,
        "done_last_day": row.done,
    }


def _close(row: MonthClose) -> Document:
    return {
        "month": str(row.month),
        "organizations": row.organizations,
        "open": list(row.open),
        "analysed_at": _moment(row.analysed_at),
    }


def _verification(row: AuditVerification) -> Document:
    return {
        "verified_at": timestamp(row.verified_at),
        "verified_by": row.verified_by,
        "events": row.events,
        "chains": row.chains,
        "problem": row.problem,
    }


def _by_severity(counts: Mapping[Severity, int]) -> Document:
    return {severity.value: count for severity, count in counts.items()}


def analyzer(row: Analyzer) -> Document:
    """A rule with its parameters' defaults."""
    return {
        "name": row.name,
        "version": row.version,
        "summary": row.summary,
        "source": row.source,
        "parameters": {each.name: each.written(each.default) for each in row.parameters},
    }


def decisions(row: Decisions) -> Document:
    """What people decided, and the precision with its interval as decimals in text; null when nothing was decided."""
    low, high = row.interval or (None, None)
    return {
        "fixed": row.fixed,
        "accepted": row.accepted,
        "false_positive": row.false_positive,
        "decided": row.decided,
        "precision": None if row.precision is None else str(row.precision),
        "low": None if low is None else str(low),
        "high": None if high is None else str(high),
    }


def report(row: Report) -> Document:
    """A forensic report: what it tells, and the columns of its answers."""
    return {
        "name": row.name,
        "title": row.title,
        "tells": row.tells,
        "source": row.source,
        "figures": [each.name for each in row.columns],
        "rows": [each.name for each in row.rows],
    }


def report_answer(row: Answer, organizations: Sequence[str]) -> Document:
    """What a report says: a group for each of ``by``, one without; ``organizations`` are those asked for, none being all.

    Amounts are strings; counts and what statistics makes of them are numbers.
    """
    asked = row.selection
    return {
        "name": row.report.name,
        "title": row.report.title,
        "organizations": list(organizations),
        "from": str(asked.first) if asked.first else None,
        "to": str(asked.last) if asked.last else None,
        "vendor": asked.vendor_key,
        "type": asked.type,
        "minimum": f"{asked.minimum:f}",
        "by": asked.by.value if asked.by else None,
        "groups": [
            {
                "organization": each.organization or None,
                "group": each.name or None,
                "verdict": row.verdict(each),
                "figures": _cells(row.report.columns, each.figures),
                "rows": [_cells(row.report.rows, values) for values in each.rows],
            }
            for each in row.groups
        ],
    }


def _cells(columns: Sequence[Column], values: Sequence[Value]) -> Document:
    return {
        column.name: f"{value:f}" if isinstance(value, Decimal) else value
        for column, value in zip(columns, values, strict=True)
    }


def parameter(row: Parameter, overrides: Mapping[str, str]) -> Document:
    """A parameter with its value for an organization that sets ``overrides``. Bounds and decimals are a number's alone,
    choices those of one that is a word; null where there are none."""
    number = row if isinstance(row, DecimalParameter) else None
    return {
        "name": row.name,
        "value": overrides.get(row.name, row.written(row.default)),
        "default": row.written(row.default),
        "overridden": row.name in overrides,
        "minimum": row.written(number.minimum) if number else None,
        "maximum": row.written(number.maximum) if number else None,
        "decimals": number.decimals if number else None,
        "choices": list(row.choices) if isinstance(row, ChoiceParameter) else None,
        "meaning": row.meaning,
    }


def _no_figures() -> Document:
    counts: Document = dict.fromkeys(("rows", "accepted", "rejected", "skipped", "blank"), 0)
    return {**counts, "amount": dict.fromkeys(TYPES, "0.00"), "months": []}


def _figures(row: LoadRow) -> Document:
    amounts = (row.expense, row.income, row.refund)
    return {
        "rows": row.rows,
        "accepted": row.accepted,
        "rejected": row.rejected,
        "skipped": row.skipped,
        "blank": row.blank,
        "amount": {
            kind: None if amount is None else plain_amount(amount, row.currency_decimals)
            for kind, amount in zip(TYPES, amounts, strict=True)
        },
        "months": _months(row.months),
    }


def _months(days: Iterable[date]) -> list[str]:
    return [str(Month.of(day)) for day in days]


def _texts(values: Iterable[UUID | AlertNumber]) -> list[str]:
    return [str(value) for value in values]


def _text(identity: UUID | None) -> str | None:
    return None if identity is None else str(identity)


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else timestamp(moment)
