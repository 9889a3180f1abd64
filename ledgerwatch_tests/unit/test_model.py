"""The model: months, ids, the alert's transitions, the audit hash."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID, uuid4

import pytest

from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.alert import AlertAction, AlertNumber, AlertStatus, transition
from ledgerwatch_pipeline.model.audit import GENESIS, AuditEvent, Subject, SubjectType, event_hash
from ledgerwatch_pipeline.model.errors import ConflictError, UsageError
from ledgerwatch_pipeline.model.load import load_and_row, load_id, transaction_id
from ledgerwatch_pipeline.model.month import Month, MonthRange, contiguous


def test_months_count_over_years() -> None:
    assert Month(2023, 12).plus(1) == Month(2024, 1)
    assert Month(2024, 2).last_day.day == 29
    assert [str(month) for month in MonthRange(Month(2023, 11), Month(2024, 2))] == [
        "2023-11",
        "2023-12",
        "2024-01",
        "2024-02",
    ]


def test_a_range_reaches_back_to_have_at_least_so_many_months() -> None:
    quarter = MonthRange(Month(2024, 1), Month(2024, 3))
    assert str(quarter.at_least(24)) == "2022-04..2024-03"
    assert quarter.at_least(2) == quarter


@pytest.mark.parametrize("text", ["2024-13", "2024-1", "24-01", "2024-01-01", ""])
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="YYYY-MM"):
        Month.parse(text)


def test_contiguous_months_are_one_range() -> None:
    months = [Month(2024, 1), Month(2023, 12), Month(2024, 5), Month(2024, 1)]
    assert [str(each) for each in contiguous(months)] == ["2023-12..2024-01", "2024-05"]


def test_a_transactions_id_leads_back_to_its_load_and_row(home: Home) -> None:
    load = load_id(UUID(int=7), "ab" * 32)
    assert load == load_id(UUID(int=7), "ab" * 32) != load_id(UUID(int=8), "ab" * 32)
    assert load_and_row(transaction_id(load, 123_456)) == (load, 123_456)
    in_sql = home.lake.con.execute("SELECT transaction_id($1, $2)", [load, 123_456]).fetchone()
    assert in_sql == (transaction_id(load, 123_456),)


ALERT = AlertNumber("acme-north", 7)


def test_an_acknowledged_alert_cannot_be_acknowledged() -> None:
    with pytest.raises(ConflictError, match="acme-north-7 is ACKNOWLEDGED.*must be OPEN"):
        transition(ALERT, AlertStatus.ACKNOWLEDGED, AlertAction.ACKNOWLEDGE)
    assert transition(ALERT, AlertStatus.ACKNOWLEDGED, AlertAction.RESOLVE).leads_to == AlertStatus.RESOLVED


@pytest.mark.parametrize("text", ["acme-north-7", " ACME-North-7 "])
def test_an_alerts_number_is_read_as_it_is_shown(text: str) -> None:
    assert AlertNumber.parse(text) == ALERT
    assert str(ALERT) == "acme-north-7"


def test_the_last_number_is_the_alerts() -> None:
    assert AlertNumber.parse("branch-2-15") == AlertNumber("branch-2", 15)


@pytest.mark.parametrize("text", ["18", "acme", "acme-", "acme-0", "acme-07", "-7", "acme-1e3", "acme-9999999999", ""])
def test_what_is_no_alerts_number_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="acme-18"):
        AlertNumber.parse(text)


def test_audit_metadata_holds_no_floats() -> None:
    subject = Subject(SubjectType.ALERT, str(uuid4()))
    with pytest.raises(ValueError, match="floating-point"):
        AuditEvent("ALERT_RESOLVED", "eve", subject, None, {"amounts": [{"paid": 1.5}]})
    with pytest.raises(ValueError, match="not an audit event type"):
        AuditEvent("ALERT_EATEN", "eve", subject)


def test_an_events_hash_is_of_everything_in_it() -> None:
    organization = UUID(int=5)
    subject = Subject(SubjectType.LOAD, "a")
    moment = datetime(2026, 1, 2, 3, 4, 5, 6, UTC)
    event = AuditEvent("LOAD_RECEIVED", "eve", subject, organization, {"a": 1, "b": "ü"})

    def digest(changed: AuditEvent = event, chain: UUID = organization, seq: int = 1, at: datetime = moment) -> str:
        return event_hash(chain, seq, GENESIS, at, changed)

    others = [
        digest(replace(event, event_type="LOAD_REJECTED")),
        digest(replace(event, actor="bob")),
        digest(replace(event, subject=Subject(SubjectType.RUN, "a"))),
        digest(replace(event, subject=Subject(SubjectType.LOAD, "b"))),
        digest(replace(event, organization_id=None)),
        digest(replace(event, metadata={"a": 1})),
        digest(chain=UUID(int=6)),
        digest(seq=2),
        digest(at=moment.replace(microsecond=7)),
        event_hash(organization, 1, "1" * 64, moment, event),
    ]
    assert len({digest(), *others}) == len(others) + 1
    assert digest() == digest(replace(event, metadata={"b": "ü", "a": 1}))  # the order of keys says nothing
    assert digest() == digest(at=moment.astimezone(timezone(timedelta(hours=2))))
