"""The model: months, ids, the alert's transitions, the audit hash."""

from uuid import UUID, uuid4

import pytest

from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.alert import AlertAction, AlertStatus, transition
from ledgerwatch_pipeline.model.audit import AuditEvent
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


def test_an_acknowledged_alert_cannot_be_acknowledged() -> None:
    with pytest.raises(ConflictError, match="ACKNOWLEDGED.*must be OPEN"):
        transition(7, AlertStatus.ACKNOWLEDGED, AlertAction.ACKNOWLEDGE)
    assert transition(7, AlertStatus.ACKNOWLEDGED, AlertAction.RESOLVE).leads_to == AlertStatus.RESOLVED


def test_audit_metadata_holds_no_floats() -> None:
    with pytest.raises(ValueError, match="floating-point"):
        AuditEvent("ALERT_RESOLVED", "eve", str(uuid4()), None, {"amount": [1.5]})
