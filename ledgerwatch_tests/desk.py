"""An organization whose alerts and cases are put in as rows: for what people do to them, without an import that would find them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import uuid4

from ledgerwatch_pipeline.access.principal import local_operator
from ledgerwatch_pipeline.alerting.mutes import add_mute
from ledgerwatch_pipeline.model.alert import AlertFilter, AlertRow, Severity
from ledgerwatch_pipeline.model.audit import AuditRow, Subject, SubjectType
from ledgerwatch_pipeline.model.case import CaseFilter, CaseNumber, CaseRow
from ledgerwatch_pipeline.model.mute import MuteNumber, MuteRow, NewMute
from ledgerwatch_pipeline.model.vendor import vendor_key
from ledgerwatch_pipeline.stores.postgres import alerts, audit, cases, mutes
from ledgerwatch_pipeline.stores.postgres.tables import alerts as alerts_table
from ledgerwatch_pipeline.stores.postgres.tables import cases as cases_table
from ledgerwatch_tests.conftest import TESTER, Tenant

TODAY = datetime.now(UTC).date()
TOMORROW = TODAY + timedelta(days=1)
LATER = TODAY + timedelta(days=30)
MARCH = date(2024, 3, 1)
EVE = local_operator("eve")


class Desk:
    """An organization with alerts and cases that are put in as rows."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self.home = tenant.home
        self.numbers = count(1)

    def alert(self, analyzer: str, vendor: str | None, severity: Severity = Severity.LOW, amount: str = "10") -> str:
        """Put an alert in; its number."""
        number = next(self.numbers)
        values: dict[str, Any] = {
            "organization_id": self.tenant.id,
            "number": number,
            "id": uuid4(),
            "analyzer": analyzer,
            "fingerprint": f"f{number}",
            "severity": severity.rank,
            "status": "OPEN",
            "title": f"alert {number}",
            "message": "m",
            "subject": vendor or "all",
            "amount": Decimal(amount),
            "month": MARCH,
            "evidence": {} if vendor is None else {"vendor": vendor},
            "transactions": [],
            "vendor_key": None if vendor is None else vendor_key(vendor),
        }
        with self.home.database.transaction() as connection:
            connection.execute(alerts_table.insert().values(**values))
        return f"{self.tenant.slug}-{number}"

    def case(self, subject: str, kinds: dict[str, str], rank: int = 1) -> CaseNumber:
        """Put a case in: kinds of signals and their stakes."""
        number = next(self.numbers)
        signal = {
            "evidence": 1,
            "strength": 1,
            "findings": 1,
            "weaker": 0,
            "as_strong": 0,
            "of_months": 1,
            "rarity": 1,
            "points": 1,
            "figures": {},
        }  # fmt: skip  a row of numbers nobody reads
        values: dict[str, Any] = {
            "organization_id": self.tenant.id,
            "number": number,
            "id": uuid4(),
            "month": MARCH,
            "subject": subject,
            "name": subject,
            "rank": rank,
            "score": 100 - rank,
            "stake": max(map(Decimal, kinds.values())),
            "kinds": list(kinds),
            "signals": [{**signal, "kind": kind, "stake": stake} for kind, stake in kinds.items()],
            "transactions": [],
            "score_version": 1,
            "listed": True,
        }
        with self.home.database.transaction() as connection:
            connection.execute(cases_table.insert().values(**values))
        return CaseNumber(self.tenant.slug, number)

    def mute(self, analyzer: str | None, vendor: str | None = None, until: date = LATER, **bounds: Any) -> MuteRow:
        new = NewMute(analyzer, vendor, until, "seasonal", **bounds)
        return add_mute(self.home, self.tenant.slug, new, TODAY, EVE)

    def seen(self, muted: bool | None = False, today: date = TODAY) -> list[str]:
        """The alerts of a list."""
        return [str(each.name) for each in self.alerts(muted, today)]

    def alerts(self, muted: bool | None, today: date = TODAY) -> list[AlertRow]:
        wanted = AlertFilter(organization_id=self.tenant.id, muted=muted, today=today)
        with self.home.database.transaction() as connection:
            return list(alerts.ranked(connection, wanted, TESTER, limit=None, after=None))

    def cases(self, muted: bool | None = False, today: date = TODAY) -> list[CaseRow]:
        wanted = CaseFilter(today, organization_id=self.tenant.id, muted=muted)
        with self.home.database.transaction() as connection:
            return list(cases.ranked(connection, wanted, TESTER, limit=None, after=None))

    def mute_now(self, name: MuteNumber) -> MuteRow:
        with self.home.database.transaction() as connection:
            return mutes.get(connection, name, TESTER)

    def history(self, mute: MuteRow) -> list[AuditRow]:
        with self.home.database.transaction() as connection:
            return list(audit.history(connection, Subject(SubjectType.MUTE, str(mute.id)), TESTER))
