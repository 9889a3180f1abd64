"""The use case of mutes: what nobody wants to see is muted until a day, with a reason, and ends by itself, by hand, or when it gets
worse. Each beginning and end has its audit row, in the same transaction.

That a mute has expired needs nobody: whoever asks for alerts asks by the clock. ``end_due`` writes it down, once.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

from sqlalchemy import Connection

from ledgerwatch_pipeline.access.principal import SYSTEM, Principal, Role
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.alert import AlertNumber, Severity
from ledgerwatch_pipeline.model.audit import AuditEvent, Subject, SubjectType
from ledgerwatch_pipeline.model.errors import ConflictError, UsageError
from ledgerwatch_pipeline.model.json import JsonValue
from ledgerwatch_pipeline.model.money import plain_amount
from ledgerwatch_pipeline.model.mute import MuteNumber, MuteRow, MuteState, NewMute
from ledgerwatch_pipeline.model.organization import Organization
from ledgerwatch_pipeline.model.vendor import vendor_key
from ledgerwatch_pipeline.stores.postgres import alerts, audit, locks, mutes, organizations
from ledgerwatch_pipeline.stores.postgres.locks import Lock
from ledgerwatch_pipeline.stores.postgres.mutes import EndedMute

KINDS_OF_RULES = {
    "duplicate": ("repeat",),
    "large_transaction": ("size", "slip"),
    "vendor_spike": ("dormant", "new", "spike"),
}
"""The kinds of signals that say the same as a rule: who mutes the rule has seen enough of them too. Others, such as ``same_ref``, say
more, and are seen all the same."""


def add_mute(home: Home, organization: str, new: NewMute, today: date, principal: Principal) -> MuteRow:
    """Mute for an organization; raises UsageError, UnknownThingError, or ConflictError if a mute that holds is about just that."""
    principal.require(Role.ANALYST)
    with home.database.transaction() as connection:
        of = organizations.get(connection, organization, principal)
        return _add(connection, of, new, None, today, principal)


def mute_alert(
    home: Home,
    name: AlertNumber,
    until: date,
    reason: str,
    today: date,
    principal: Principal,
    *,
    up_to_severity: Severity | None = None,
    up_to_amount: Decimal | None = None,
) -> MuteRow:
    """Mute what an alert is one of: its organization, analyzer and vendor, up to its severity unless told.

    Raises what ``add_mute`` raises.
    """
    principal.require(Role.ANALYST)
    with home.database.transaction() as connection:
        alert = alerts.get(connection, name, principal)
        of = organizations.get(connection, name.organization, principal)
        vendor = alert.evidence.get("vendor")
        new = NewMute(
            alert.analyzer,
            None if vendor is None else str(vendor),
            until,
            reason,
            up_to_severity or alert.severity,
            up_to_amount,
        )
        return _add(connection, of, new, alert.number, today, principal)


def end_mute(home: Home, name: MuteNumber, today: date, principal: Principal, note: str | None = None) -> MuteRow:
    """End a mute by hand; raises UnknownThingError, or ConflictError if it has ended already."""
    principal.require(Role.ANALYST)
    with home.database.transaction() as connection:
        row = mutes.get(connection, name, principal, for_update=True)
        if (state := row.state(today)) is not MuteState.ACTIVE:
            raise ConflictError(f"mute {name} has {state} already; to end it, it must be active. Nothing was changed.")
        mutes.end(connection, row, principal.name)
        said: dict[str, JsonValue] = {} if note is None else {"note": note}
        audit.append(connection, [_event(row, "MUTE_ENDED", principal.name, {"how": "by_hand", **said})])
        return mutes.get(connection, name, principal)


def end_due(home: Home, today: date) -> int:
    """Write down which mutes have expired or got worse, once for each; how many."""
    with home.database.transaction() as connection:
        ended = mutes.end_expired(connection, today) + mutes.end_worse(connection, None, today)
        audit.append(connection, list(events_of(ended)))
    return len(ended)


def end_worse(connection: Connection, organization_ids: Iterable[UUID], today: date) -> list[AuditEvent]:
    """End the mutes of what got worse by what this transaction raised; the events that tell of it are the caller's to append."""
    return list(events_of(mutes.end_worse(connection, organization_ids, today, fresh=True)))


def events_of(ended: Sequence[EndedMute]) -> Iterator[AuditEvent]:
    """What the audit log says of mutes that ended by themselves."""
    for each in ended:
        metadata: dict[str, JsonValue] = {"number": each.number, "how": each.how.value}
        if each.subject is not None:
            metadata |= {"alert": each.alert, "subject": each.subject}
        yield AuditEvent(
            "MUTE_ENDED", SYSTEM.name, Subject(SubjectType.MUTE, str(each.id)), each.organization_id, metadata
        )


def _add(
    connection: Connection, of: Organization, new: NewMute, alert: int | None, today: date, principal: Principal
) -> MuteRow:
    new = replace(new, reason=new.reason.strip())
    new.require_whole(today)
    if new.up_to_amount is not None and new.up_to_amount != round(new.up_to_amount, of.currency_decimals):
        raise UsageError(
            f"the amount {new.up_to_amount:f} has more decimals than {of.currency} has ({of.currency_decimals})"
        )
    key = None if new.vendor is None else vendor_key(new.vendor)
    locks.hold(connection, Lock.MUTES, [of.id])
    if (before := mutes.same_target(connection, of.id, new.analyzer, key, today)) is not None:
        raise ConflictError(
            f"mute {before.name} is about the same, until {before.until}; end it first: ledgerwatch mutes end {before.name}."
            " Nothing was changed."
        )
    kinds = None if new.analyzer is None else [new.analyzer, *KINDS_OF_RULES.get(new.analyzer, ())]
    number = mutes.add(
        connection,
        of.id,
        {
            "id": uuid4(),
            "analyzer": new.analyzer,
            "kinds": kinds,
            "vendor": new.vendor,
            "vendor_key": key,
            "until": new.until,
            "reason": new.reason,
            "up_to_severity": None if new.up_to_severity is None else new.up_to_severity.rank,
            "up_to_amount": new.up_to_amount,
            "alert": alert,
            "created_by": principal.name,
        },
    )
    row = mutes.get(connection, MuteNumber(of.slug, number), principal)
    audit.append(connection, [_event(row, "MUTE_CREATED", principal.name, _said(row))])
    return row


def _said(row: MuteRow) -> dict[str, JsonValue]:
    """What a mute is about, as the audit log keeps it."""
    amount = row.up_to_amount
    return {
        "analyzer": row.analyzer or "all",
        "vendor": row.vendor,
        "until": row.until.isoformat(),
        "reason": row.reason,
        "up_to_severity": None if row.up_to_severity is None else row.up_to_severity.value,
        "up_to_amount": None if amount is None else plain_amount(amount, row.currency_decimals),
        "alert": row.alert,
    }


def _event(row: MuteRow, event_type: str, actor: str, said: dict[str, JsonValue]) -> AuditEvent:
    subject = Subject(SubjectType.MUTE, str(row.id))
    return AuditEvent(event_type, actor, subject, row.organization_id, {"number": row.number, **said})
