"""The life of three organizations: files, corrections, analyses, and what people do to alerts and cases, in any order, while days
pass. After every step the statuses, fingerprints, cases and audit rows are what a few lines of Python say.

The model knows one rule, ``duplicate``, and the data raise no alert of another. Which cases a ranking lists it does not foretell: it
takes new ones over, and holds everything that is done to them against what was done. A longer run, of that many examples and steps:

    LIFE_EXAMPLES=20 LIFE_STEPS=60 python -m pytest ledgerwatch_tests/property/test_life.py
"""

import hashlib
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from ledgerwatch_pipeline.access.principal import local_operator
from ledgerwatch_pipeline.alerting.act import change_alert
from ledgerwatch_pipeline.alerting.cases import CaseAct, change_case
from ledgerwatch_pipeline.analysis.analyzers.vendor_spike import VENDOR_SPIKE
from ledgerwatch_pipeline.analysis.parameters import set_parameters
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing.receive.files import receive
from ledgerwatch_pipeline.model.alert import AlertAction, AlertFilter, AlertNumber, AlertRow, AlertStatus
from ledgerwatch_pipeline.model.case import CaseAction, CaseFilter, CaseNumber, CaseRow, CaseStatus
from ledgerwatch_pipeline.model.errors import ConflictError
from ledgerwatch_pipeline.model.load import ImportOptions, transaction_id
from ledgerwatch_pipeline.stores.postgres import alerts, audit, cases
from ledgerwatch_pipeline.stores.postgres.audit import AuditFilter
from ledgerwatch_tests.conftest import TESTER, Tenant
from ledgerwatch_tests.correcting import ledger_of, restore, void, withdrawn
from ledgerwatch_tests.databases import fresh_home
from ledgerwatch_tests.steps import analyse_due, import_these

EXAMPLES = int(os.environ.get("LIFE_EXAMPLES", "3"))
STEPS = int(os.environ.get("LIFE_STEPS", "60"))
DAYS = (5, 6, 7, 9, 20)
"""Of a month: the first four are one chain of equal payments, or two if the third is taken out."""
WINDOW = timedelta(days=2)
OUTCOMES = ("fixed", "false_positive", "accepted")
FIRST_DAY = date(2024, 6, 1)

WHAT = sum(
    (
        [what] * weight
        for what, weight in {
            "days": 1,  # the simplest: what Hypothesis begins with
            "import": 1,
            "analyse": 5,
            "void": 4,
            "restore": 3,
            "withdraw": 1,
            "acknowledge": 2,
            "resolve": 3,
            "case": 6,
        }.items()
    ),
    [],
)
"""What happens, as often as it does."""
payment = st.tuples(
    st.builds(date, st.just(2024), st.integers(1, 2), st.sampled_from(DAYS)),
    st.sampled_from(["Acme", "Bolt"]),
    st.sampled_from([Decimal("10.00"), Decimal("25.00")]),
)
Payment = tuple[date, str, Decimal]
payments = st.lists(payment, min_size=2, max_size=6)


@dataclass
class Alert:
    """What Python says of an alert of equal payments."""

    vendor: str
    month: date
    members: list[UUID]
    amount: Decimal
    status: str = "OPEN"
    outcome: str | None = None

    def say(self, finding: "Alert") -> None:
        self.members, self.amount = finding.members, finding.amount

    def open(self) -> None:
        self.status, self.outcome = "OPEN", None

    def resolve(self, outcome: str) -> None:
        self.status, self.outcome = "RESOLVED", outcome


@dataclass
class Case:
    """What Python says of a case that a ranking listed once."""

    id: UUID
    vendor: str
    month: date
    status: str = "OPEN"
    outcome: str | None = None
    assignee: str | None = None
    snoozed_until: date | None = None

    def is_snoozed(self, today: date) -> bool:
        return self.snoozed_until is not None and self.snoozed_until > today


@dataclass
class Books:
    """An organization by Python: payments by load, what was taken out, alerts by key, cases by number, and what the audit log
    has to tell of each subject, in order."""

    tenant: Tenant
    loads: dict[UUID, list[UUID]] = field(default_factory=dict)
    payments: dict[UUID, Payment] = field(default_factory=dict)
    out: set[UUID] = field(default_factory=set)
    withdrawn: set[UUID] = field(default_factory=set)
    alerts: dict[str, Alert] = field(default_factory=dict)
    cases: dict[int, Case] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    told: dict[str, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))

    def load_of(self, transaction: UUID) -> UUID:
        return next(load for load, theirs in self.loads.items() if transaction in theirs)

    def is_in(self, transaction: UUID) -> bool:
        return transaction not in self.out and self.load_of(transaction) not in self.withdrawn

    @property
    def ledger(self) -> dict[UUID, Payment]:
        return {each: row for each, row in self.payments.items() if self.is_in(each)}

    def findings(self) -> dict[str, Alert]:
        """Chains of equal payments at most two days apart; no chain goes over the end of a month."""
        equal: dict[tuple[str, Decimal], list[tuple[date, UUID]]] = defaultdict(list)
        for transaction, (day, vendor, amount) in self.ledger.items():
            equal[vendor, amount].append((day, transaction))
        found = {}
        for (vendor, amount), members in equal.items():
            for chain in _chains(sorted(members)):
                if len(chain) > 1:
                    first = chain[0][0]
                    key = f"duplicate|{vendor.lower()}|{amount}|expense|{first}"
                    found[hashlib.sha256(key.encode()).hexdigest()] = Alert(
                        vendor, first.replace(day=1), [each for _, each in chain], amount * (len(chain) - 1)
                    )
        return found

    def tell(self, subject: object, event: str, actor: str) -> None:
        self.told[str(subject)].append((event, actor))

    def alert_id(self, fingerprint: str) -> UUID:
        return UUID(hashlib.md5(f"{self.tenant.id}{fingerprint}".encode(), usedforsecurity=False).hexdigest())

    def analyse(self) -> None:
        """Alerts follow the findings: new ones open, gone ones are resolved by the system and come back, and what a person has
        resolved comes back only if it is worse."""
        findings = self.findings()
        for fingerprint, finding in findings.items():
            alert, id_ = self.alerts.get(fingerprint), self.alert_id(fingerprint)
            if alert is None:
                self.alerts[fingerprint] = finding
            elif alert.outcome == "no_longer_holds":
                self.tell(id_, "ALERT_REOPENED", "system")
                alert.open()
                alert.say(finding)
            elif alert.status != "RESOLVED":
                alert.say(finding)
            elif not set(finding.members) <= set(alert.members):
                self.tell(id_, "ALERT_REGRESSED", "system")
                alert.open()
                alert.say(finding)
        for fingerprint, alert in self.alerts.items():
            if fingerprint not in findings and alert.status != "RESOLVED":
                self.tell(self.alert_id(fingerprint), "ALERT_AUTO_RESOLVED", "system")
                alert.resolve("no_longer_holds")

    def open_cases_again(self) -> None:
        """A resolved case does not hide an alert that is open again, or new."""
        for case in self.cases.values():
            if case.status == "RESOLVED" and any(each.status != "RESOLVED" for _, each in self.of_case(case)):
                self.tell(case.id, "CASE_REOPENED", "system")
                case.status, case.outcome = "OPEN", None

    def of_case(self, case: Case) -> Iterator[tuple[UUID, Alert]]:
        """The alerts that an act on the case is one on: those about its vendor in its month that people have to do with."""
        for fingerprint, alert in self.alerts.items():
            of_it = (alert.vendor.lower(), alert.month) == (case.vendor, case.month)
            if of_it and alert.outcome != "no_longer_holds":
                yield self.alert_id(fingerprint), alert


def _chains(members: list[tuple[date, UUID]]) -> list[list[tuple[date, UUID]]]:
    chains: list[list[tuple[date, UUID]]] = []
    for member in members:
        if chains and member[0] - chains[-1][-1][0] <= WINDOW:
            chains[-1].append(member)
        else:
            chains.append([member])
    return chains


class Life(RuleBasedStateMachine):
    """What happens, to the product and to the model."""

    numbers = count(1)

    def __init__(self, home: Home, folder: Path) -> None:
        super().__init__()
        self.home = home
        self.folder = folder
        self.today = FIRST_DAY
        self.books: list[Books] = []

    @initialize(first=st.tuples(payments, payments, payments))
    def begin(self, first: tuple[list[Payment], ...]) -> None:
        for rows in first:
            tenant = Tenant(self.home, self.folder)
            set_parameters(self.home, VENDOR_SPIKE, tenant.slug, {"min_spend": Decimal(9_999_999_999)}, TESTER)
            self.books.append(Books(tenant))
            self.books[-1].tell(tenant.id, "ORGANIZATION_CREATED", TESTER.name)
            self._receive(self.books[-1], rows)
        import_these(self.home, TESTER, [load for books in self.books for load in books.loads])
        self.analyse()

    @rule(
        what=st.sampled_from(WHAT),
        of=st.sampled_from((0, 0, 0, 0, 1, 1, 2)),  # much of one, so that things come together
        which=st.integers(0, 10_000),
        who=st.sampled_from(["ann", "bob"]),
        rows=payments,
        action=st.sampled_from(
            (*CaseAction, CaseAction.ACKNOWLEDGE, CaseAction.RESOLVE, CaseAction.RESOLVE, CaseAction.REOPEN)
        ),
        outcome=st.sampled_from(OUTCOMES),
        days=st.integers(1, 40),
    )
    def something_happens(
        self,
        what: str,
        of: int,
        which: int,
        who: str,
        rows: list[Payment],
        action: CaseAction,
        outcome: str,
        days: int,
    ) -> None:
        """One rule and not one for each: of many, Hypothesis leaves out some in each life, and a short one would be about nothing."""
        books = self.books[of]
        match what:
            case "import":
                self.import_a_file(books, rows)
            case "analyse":
                self.analyse()
            case "void":
                self.void_a_transaction(books, which)
            case "restore":
                self.restore_a_transaction(books, which)
            case "withdraw":
                self.withdraw_a_load(books, which)
            case "acknowledge":
                self.act_on_an_alert(books, which, who, None)
            case "resolve":
                self.act_on_an_alert(books, which, who, outcome)
            case "case":
                self.act_on_a_case(books, which, who, action, outcome, days)
            case "days":
                self.today += timedelta(days)
            # Mutes belong here: one that mutes a vendor until a day, and one that ends a mute. `Books.analyse` says then which new
            # alerts are muted on `self.today`, and `_require_cases` which cases are not in the list because of that.

    def import_a_file(self, books: Books, rows: list[Payment]) -> None:
        import_these(self.home, TESTER, [self._receive(books, rows)])

    def _receive(self, books: Books, rows: list[Payment]) -> UUID:
        """A file arrives; the model has its payments at once, as it is imported before anything else happens."""
        number = next(self.numbers)
        lines = [f"{day},{vendor},{amount},{number}" for day, vendor, amount in rows]
        file = books.tenant.write("\n".join(["date,vendor,amount,description", *lines, ""]))
        (receipt,) = receive(self.home, [file], books.tenant.slug, ImportOptions(), TESTER)
        load = receipt.load_id
        books.loads[load] = [transaction_id(load, place) for place in range(2, 2 + len(rows))]
        books.payments.update(zip(books.loads[load], rows, strict=True))
        books.tell(load, "LOAD_RECEIVED", TESTER.name)
        books.tell(load, "TRANSACTIONS_IMPORTED", TESTER.name)
        return load

    def analyse(self) -> None:
        report = analyse_due(self.home)
        assert not report.failures
        for books in self.books:
            books.analyse()
            books.open_cases_again()
            self._take_over_cases(books)
            assert ledger_of(books.tenant) == sorted((*row, "expense") for row in books.ledger.values())

    def void_a_transaction(self, books: Books, which: int) -> None:
        equal = [each for finding in books.findings().values() for each in finding.members]
        for transaction in _picked(equal if equal and which % 4 else books.payments, which // 4):
            if self._happens(books.is_in(transaction), void, self.home, transaction):
                books.out.add(transaction)
                books.tell(transaction, "TRANSACTION_VOIDED", TESTER.name)

    def restore_a_transaction(self, books: Books, which: int) -> None:
        for transaction in _picked(books.out or books.payments, which):
            can_be = transaction in books.out and books.load_of(transaction) not in books.withdrawn
            if self._happens(can_be, restore, self.home, transaction):
                books.out.discard(transaction)
                books.tell(transaction, "TRANSACTION_RESTORED", TESTER.name)

    def withdraw_a_load(self, books: Books, which: int) -> None:
        for load in _picked(books.loads, which):
            if self._happens(load not in books.withdrawn, withdrawn, self.home, books.tenant.load(load)):
                books.withdrawn.add(load)
                books.tell(load, "LOAD_WITHDRAWN", TESTER.name)

    def act_on_an_alert(self, books: Books, which: int, who: str, outcome: str | None) -> None:
        """Acknowledge it, or resolve it with the outcome. What else people do to one alert belongs here."""
        for fingerprint in _picked(books.alerts, which):
            alert = books.alerts[fingerprint]
            action = AlertAction.ACKNOWLEDGE if outcome is None else AlertAction.RESOLVE
            can_be = alert.status == "OPEN" or (outcome is not None and alert.status == "ACKNOWLEDGED")
            name = AlertNumber(books.tenant.slug, books.numbers[fingerprint])
            arguments: dict[str, Any] = {"principal": local_operator(who), "outcome": outcome}
            if not self._happens(can_be, change_alert, self.home, name, action, **arguments):
                return
            id_ = books.alert_id(fingerprint)
            if outcome is None:
                alert.status = "ACKNOWLEDGED"
                books.tell(id_, "ALERT_ACKNOWLEDGED", who)
            else:
                alert.resolve(outcome)
                books.tell(id_, "ALERT_RESOLVED", who)

    def act_on_a_case(self, books: Books, which: int, who: str, action: CaseAction, outcome: str, days: int) -> None:
        with_alerts = [number for number, case in books.cases.items() if any(books.of_case(case))]
        for number in _picked(with_alerts if with_alerts and which % 4 else books.cases, which // 4):
            case = books.cases[number]
            act = CaseAct(
                action,
                outcome=outcome if action is CaseAction.RESOLVE else None,
                note="seen" if action is CaseAction.COMMENT else None,
                until=self.today + timedelta(days) if action is CaseAction.SNOOZE else None,
                assignee=who if action is CaseAction.ASSIGN else None,
            )
            name = CaseNumber(books.tenant.slug, number)
            can_be = self._can_be_done(case, action)
            if self._happens(can_be, change_case, self.home, name, act, self.today, local_operator(who)):
                self._act(books, case, act, who)

    @invariant()
    def everything_agrees(self) -> None:
        for books in self.books:
            self._require_alerts(books)
            self._require_cases(books)
            self._require_audit(books)

    def teardown(self) -> None:
        """At the end of a life: all is analysed, and every chain is whole."""
        if self.books:
            self.analyse()
            self.everything_agrees()
            with self.home.database.snapshot() as connection:
                counts = audit.verify(connection)
            assert {each.tenant.slug for each in self.books} <= set(counts)

    def _happens(self, can_be: bool, do: Any, *arguments: Any, **named: Any) -> bool:
        """Do it; what cannot be is a conflict."""
        if can_be:
            do(*arguments, **named)
        else:
            with pytest.raises(ConflictError):
                do(*arguments, **named)
        return can_be

    def _can_be_done(self, case: Case, action: CaseAction) -> bool:
        match action:
            case CaseAction.TAKE:
                return case.status != "RESOLVED" and case.assignee is None
            case CaseAction.ACKNOWLEDGE:
                return case.status == "OPEN"
            case CaseAction.RESOLVE | CaseAction.SNOOZE:
                return case.status != "RESOLVED"
            case CaseAction.REOPEN:
                return case.status == "RESOLVED" or case.is_snoozed(self.today)
            case CaseAction.ASSIGN | CaseAction.COMMENT:
                return True

    def _act(self, books: Books, case: Case, act: CaseAct, who: str) -> None:
        theirs = list(books.of_case(case))
        done: Iterable[tuple[UUID, Alert]] = ()
        event, of_alert = "", ""
        match act.action:
            case CaseAction.TAKE | CaseAction.ACKNOWLEDGE:
                event, of_alert = "CASE_ACKNOWLEDGED", "ALERT_ACKNOWLEDGED"
                done = [each for each in theirs if each[1].status == "OPEN"]
                case.status = "ACKNOWLEDGED"
                if act.action is CaseAction.TAKE:
                    event, case.assignee = "CASE_TAKEN", who
                for _, alert in done:
                    alert.status = "ACKNOWLEDGED"
            case CaseAction.RESOLVE:
                assert act.outcome is not None
                event, of_alert = "CASE_RESOLVED", "ALERT_RESOLVED"
                done = [each for each in theirs if each[1].status != "RESOLVED"]
                case.status, case.outcome, case.snoozed_until = "RESOLVED", act.outcome, None
                for _, alert in done:
                    alert.resolve(act.outcome)
            case CaseAction.SNOOZE:
                event, case.snoozed_until = "CASE_SNOOZED", act.until
            case CaseAction.REOPEN:
                event, of_alert = "CASE_REOPENED", "ALERT_REOPENED"
                if case.status == "RESOLVED":
                    done = [each for each in theirs if each[1].status == "RESOLVED"]
                    case.status, case.outcome = "OPEN", None
                case.snoozed_until = None
                for _, alert in done:
                    alert.open()
            case CaseAction.ASSIGN:
                event, of_alert, done, case.assignee = "CASE_ASSIGNED", "ALERT_ASSIGNED", theirs, act.assignee
            case CaseAction.COMMENT:
                event, of_alert, done = "CASE_COMMENTED", "ALERT_COMMENTED", theirs
        books.tell(case.id, event, who)
        for id_, _ in done:
            books.tell(id_, of_alert, who)

    def _take_over_cases(self, books: Books) -> None:
        """New cases have the next numbers, and are open and nobody's; about each vendor with equal payments there is one."""
        rows = self._case_rows(books)
        new = {row.number: row for row in rows if row.number not in books.cases}
        assert set(new) == set(range(len(books.cases) + 1, len(rows) + 1))
        for number, row in new.items():
            books.cases[number] = Case(row.id, row.subject, row.month)
        there = {(row.subject, row.month) for row in rows if row.listed or row.status is CaseStatus.RESOLVED}
        assert {(each.vendor.lower(), each.month) for each in books.findings().values()} <= there

    def _case_rows(self, books: Books) -> list[CaseRow]:
        wanted = CaseFilter(self.today, tuple(CaseStatus), books.tenant.id, everything=True)
        with self.home.database.transaction() as connection:
            return list(cases.ranked(connection, wanted, TESTER, limit=None, after=None))

    def _require_alerts(self, books: Books) -> None:
        wanted = AlertFilter(tuple(AlertStatus), books.tenant.id)
        with self.home.database.transaction() as connection:
            rows: list[AlertRow] = list(alerts.ranked(connection, wanted, TESTER, limit=None, after=None))
        assert {row.fingerprint: _shown(row) for row in rows} == {
            fingerprint: (
                books.alert_id(fingerprint),
                each.status,
                each.outcome,
                each.month,
                sorted(each.members),
                each.amount,
            )
            for fingerprint, each in books.alerts.items()
        }
        numbers = {row.fingerprint: row.number for row in rows}
        assert sorted(numbers.values()) == list(range(1, len(rows) + 1))
        assert books.numbers.items() <= numbers.items()  # a number is for ever
        books.numbers = numbers

    def _require_cases(self, books: Books) -> None:
        rows = self._case_rows(books)
        assert {row.number: (row.id, row.status, row.outcome, row.assignee, row.snoozed_until) for row in rows} == {
            number: (each.id, each.status, each.outcome, each.assignee, each.snoozed_until)
            for number, each in books.cases.items()
        }
        with self.home.database.transaction() as connection:
            wanted = CaseFilter(self.today, organization_id=books.tenant.id)
            shown = {row.number for row in cases.ranked(connection, wanted, TESTER, limit=None, after=None)}
        listed = {row.number for row in rows if row.listed}
        assert shown == {
            number
            for number, each in books.cases.items()
            if each.status != "RESOLVED"
            and not each.is_snoozed(self.today)
            and (number in listed or each.assignee is not None or each.status == "ACKNOWLEDGED")
        }

    def _require_audit(self, books: Books) -> None:
        """Of analyses the log tells by analyzer and run; of everything else, each act once."""
        found: dict[str, list[tuple[str, str]]] = defaultdict(list)
        generated = 0
        with self.home.database.transaction() as connection:
            wanted = AuditFilter(organization_id=books.tenant.id)
            events = sorted(
                audit.list_recent(connection, wanted, TESTER, limit=None, after=None), key=lambda each: each.seq
            )
        for event in events:
            if event.event_type == "ALERTS_GENERATED":
                generated += int(str(event.metadata["raised"]))
            if event.subject_type not in ("analyzer", "run"):
                found[event.subject_id].append((event.event_type, event.actor))
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        assert found == books.told
        assert generated == len(books.alerts)


def _shown(row: AlertRow) -> tuple[object, ...]:
    return row.id, row.status, row.outcome, row.month, sorted(row.transactions), row.amount


def _picked(those: Iterable[Any], which: int) -> list[Any]:
    """One of them, if there is any."""
    ordered = list(those)
    return [ordered[which % len(ordered)]] if ordered else []


@pytest.mark.slow
def test_what_happens_to_organizations_is_what_python_says(home: Home, tmp_path: Path) -> None:
    with fresh_home(home, tmp_path / "home") as own:

        class Here(Life):
            def __init__(self) -> None:
                super().__init__(own, tmp_path)

        lives = settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            phases=[Phase.generate],  # a life takes seconds: to look for a shorter one that fails takes an hour
            report_multiple_bugs=False,
        )
        run_state_machine_as_test(Here, settings=lives)
