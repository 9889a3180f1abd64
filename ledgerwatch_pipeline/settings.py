"""All settings, read from the environment once. No other module looks at ``os.environ`` for its own sake.

A plain dataclass and not a settings library: every command reads it, and must answer in a fraction of a second
(docs/architecture.md, "What was measured").
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ledgerwatch_pipeline.model.alert import Severity
from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.model.month import Month, MonthRange
from ledgerwatch_pipeline.model.object_address import ObjectAddress, is_address

_LEAST_MEMORY = 64
"""Megabytes; with less DuckDB cannot even open the lake."""
_MOST_THREADS = 1_024
_MOST_BYTES = 2**40
_MOST_SECONDS = 1_000_000
CRON = "LEDGERWATCH_CRON_"
"""How the settings of schedules' times begin; the schedule's name follows."""
CRONS: Mapping[str, str] = {
    "monthly_close": "15 5 2 * *",
    "nightly": "15 2 * * *",
    "maintenance": "15 3 * * *",
    "audit_verification": "15 4 * * *",
    "operations_look": "45 2 * * *; 30 5 * * *",
}
"""The schedules, and when each runs unless a setting says otherwise. After the night's analyses operators' figures are made, and in
the morning: on the second of a month the close has begun by then."""


@dataclass(frozen=True)
class Settings:
    """Where the state lives and how much of the machine may be used.

    home: folder of all local state. database_url: a PostgreSQL to use instead of the embedded one. lake: folder (or
    address) of the lake's Parquet files. first_month: first monitored month; earlier dates are errors.
    memory_limit: DuckDB's, for example ``2GB``. threads: DuckDB's; None leaves it to DuckDB. batch_bytes: how many
    bytes of files are staged together in one import step. max_file_bytes: the largest file that is taken in, as it is delivered.
    analyzer_seconds: how long an analyzer that is not built in, or the ranking of cases, may take over what is analysed together. inbox_settle_seconds: how long a file of the watched inbox must not have changed
    before it is taken in. inbox_elsewhere: folder or address (``s3://bucket/prefix``) of the inbox, if it is not the home's.
    alert_days: how many days an alert of a severity may be unresolved; of others, as long as it likes. timezone: of the schedules, a
    name of the IANA database. crons: when each schedule runs, as cron writes it; whether it is well written says Dagster
    (``defs.schedules``).
    """

    home: Path
    database_url: str | None = None
    lake: str | None = None
    first_month: Month = Month(2010, 1)
    memory_limit: str = "2GB"
    threads: int | None = None
    batch_bytes: int = 128 * 1024 * 1024
    max_file_bytes: int = 16 * 1024 * 1024 * 1024
    analyzer_seconds: int = 600
    inbox_settle_seconds: int = 5
    inbox_elsewhere: str | None = None
    alert_days: Mapping[Severity, int] = field(default_factory=lambda: {Severity.HIGH: 7, Severity.MEDIUM: 30})
    timezone: str = "UTC"
    crons: Mapping[str, str] = field(default_factory=lambda: CRONS, hash=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """Read every ``LEDGERWATCH_`` variable; raises UsageError naming the one that is wrong."""
        env = os.environ if environment is None else environment
        known = {
            "LEDGERWATCH_HOME",
            "LEDGERWATCH_DATABASE_URL",
            "LEDGERWATCH_LAKE",
            "LEDGERWATCH_FIRST_MONTH",
            "LEDGERWATCH_MEMORY_LIMIT",
            "LEDGERWATCH_THREADS",
            "LEDGERWATCH_BATCH_BYTES",
            "LEDGERWATCH_MAX_FILE_BYTES",
            "LEDGERWATCH_ANALYZER_SECONDS",
            "LEDGERWATCH_INBOX",
            "LEDGERWATCH_INBOX_SETTLE_SECONDS",
            "LEDGERWATCH_ALERT_DAYS",
            "LEDGERWATCH_TIMEZONE",
            *(f"{CRON}{name.upper()}" for name in CRONS),
        }
        unknown = sorted(name for name in env if name.startswith("LEDGERWATCH_") and name not in known)
        if unknown:
            raise UsageError(f"unknown setting {unknown[0]}; known: {', '.join(sorted(known))}")
        for name in known:
            if any("\ud800" <= each <= "\udfff" for each in env.get(name, "")):  # how Python writes bytes that are none
                raise UsageError(f"{name} is not UTF-8")
        return cls(
            home=Path(env.get("LEDGERWATCH_HOME") or ".ledgerwatch").expanduser().absolute(),
            database_url=_postgresql_url(env, "LEDGERWATCH_DATABASE_URL"),
            lake=env.get("LEDGERWATCH_LAKE") or None,
            first_month=_month(env, "LEDGERWATCH_FIRST_MONTH") or cls.first_month,
            memory_limit=_size(env, "LEDGERWATCH_MEMORY_LIMIT") or cls.memory_limit,
            threads=_whole_number(env, "LEDGERWATCH_THREADS", _MOST_THREADS),
            batch_bytes=_whole_number(env, "LEDGERWATCH_BATCH_BYTES", _MOST_BYTES) or cls.batch_bytes,
            max_file_bytes=_whole_number(env, "LEDGERWATCH_MAX_FILE_BYTES", _MOST_BYTES) or cls.max_file_bytes,
            analyzer_seconds=_whole_number(env, "LEDGERWATCH_ANALYZER_SECONDS", _MOST_SECONDS) or cls.analyzer_seconds,
            inbox_settle_seconds=_whole_number(env, "LEDGERWATCH_INBOX_SETTLE_SECONDS", _MOST_SECONDS)
            or cls.inbox_settle_seconds,
            inbox_elsewhere=_folder_or_address(env, "LEDGERWATCH_INBOX"),
            **({"alert_days": days} if (days := _alert_days(env, "LEDGERWATCH_ALERT_DAYS")) is not None else {}),
            timezone=_timezone(env, "LEDGERWATCH_TIMEZONE") or cls.timezone,
            crons={name: env.get(f"{CRON}{name.upper()}") or times for name, times in CRONS.items()},
        )

    @property
    def monitored(self) -> MonthRange:
        """The months that are watched: from ``first_month`` to that of tomorrow, as a payment may be dated a day ahead."""
        return MonthRange(self.first_month, Month.of(datetime.now(UTC).date() + timedelta(days=1)))

    @property
    def archive(self) -> Path:
        """Delivered files, unchanged, under their sha256."""
        return self.home / "archive"

    @property
    def inbox(self) -> Path:
        """The home's own inbox: one folder an organization, files left in place."""
        return self.home / "inbox"

    @property
    def inbox_location(self) -> str:
        """Folder or address of the inbox that is watched, and that ``import --inbox`` means: what is set, else the home's own."""
        return self.inbox_elsewhere or str(self.inbox)

    @property
    def profiles(self) -> Path:
        """A person's own import profiles."""
        return self.home / "profiles"

    @property
    def analyzers(self) -> Path:
        """A person's own analyzers: ``NAME.toml`` and ``NAME.sql``, see docs/analyzers.md."""
        return self.home / "analyzers"

    @property
    def notifications(self) -> Path:
        """Where notifications go, see docs/notifications.md; without this file nowhere."""
        return self.home / "notifications.toml"

    @property
    def scratch(self) -> Path:
        """What may be deleted when nothing runs: DuckDB's spill files, decoded copies of files."""
        return self.home / "scratch"

    @property
    def lake_location(self) -> str:
        """Where the lake's Parquet files are: what is set, else a folder of the home."""
        return self.lake or str(self.home / "lake")


def _month(env: Mapping[str, str], name: str) -> Month | None:
    text = env.get(name)
    try:
        return Month.parse(text) if text else None
    except UsageError as error:
        raise UsageError(f"{name}: {error}") from None


def _folder_or_address(env: Mapping[str, str], name: str) -> str | None:
    text = env.get(name)
    if not text:
        return None
    if not is_address(text):
        return str(Path(text).expanduser().absolute())
    try:
        return str(ObjectAddress.parse(text))
    except UsageError as error:
        raise UsageError(f"{name}: {error}") from None


def _timezone(env: Mapping[str, str], name: str) -> str | None:
    text = env.get(name)
    if not text:
        return None
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # takes milliseconds: only where it is set

    try:
        return ZoneInfo(text).key
    except (ZoneInfoNotFoundError, ValueError, OSError):  # no such zone; no name of one; a folder of the database
        raise UsageError(
            f"{name} must be a time zone of the IANA database such as Europe/Zurich or UTC, not {text!r}"
        ) from None


def _size(env: Mapping[str, str], name: str) -> str | None:
    text = env.get(name)
    if not text:
        return None
    found = re.fullmatch(r"([1-9][0-9]{0,5}(?:\.[0-9]{1,6})?) ?([KMGT])i?B", text)
    if not found or float(found[1]) * 1000 ** "KMGT".index(found[2]) < _LEAST_MEMORY * 1000:
        raise UsageError(f"{name} must be a size such as 2GB or 512MB, at least {_LEAST_MEMORY}MB, not {text!r}")
    return text


def _postgresql_url(env: Mapping[str, str], name: str) -> str | None:
    """Only a URL: Dagster's storage reads no ``key=value`` string. The message leaves the value out: it holds a password."""
    text = env.get(name)
    if text and not text.startswith("postgresql://"):
        raise UsageError(f"{name} is no URL of a PostgreSQL; write postgresql://USER:PASSWORD@HOST:PORT/DATABASE")
    return text or None


def _alert_days(env: Mapping[str, str], name: str) -> Mapping[Severity, int] | None:
    text = env.get(name)
    if not text:
        return None
    if text.strip().lower() == "none":
        return {}
    days: dict[Severity, int] = {}
    for part in text.split(","):
        found = re.fullmatch(r"\s*(HIGH|MEDIUM|LOW)=([1-9][0-9]{0,4})\s*", part)
        if not found or Severity(found[1]) in days:
            raise UsageError(
                f"{name} says after how many days an unresolved alert is overdue, such as HIGH=7,MEDIUM=30, each severity once, "
                f"or none; not {text!r}"
            )
        days[Severity(found[1])] = int(found[2])
    return days


def _whole_number(env: Mapping[str, str], name: str, most: int) -> int | None:
    text = env.get(name)
    if not text:
        return None
    if not re.fullmatch("[0-9]{1,18}", text) or not 0 < int(text) <= most:
        raise UsageError(f"{name} must be a whole number above 0, at most {most}, not {text!r}")
    return int(text)
