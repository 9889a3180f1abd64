"""A real home for the tests: embedded PostgreSQL and lake, made once a session; each test has organizations of its own."""

import itertools
import tempfile
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing.receive import files as receiving
from ledgerwatch_pipeline.model.load import OnInvalid
from ledgerwatch_pipeline.model.organization import Organization
from ledgerwatch_pipeline.settings import Settings
from ledgerwatch_pipeline.stores.postgres import alerts, loads, organizations
from ledgerwatch_tests.processes import analyze_due, import_these

HEADER = "date,vendor,amount,category,description\n"


@pytest.fixture(scope="session")
def home() -> Iterator[Home]:
    with tempfile.TemporaryDirectory(prefix="lw-", ignore_cleanup_errors=True) as folder:
        opened = Home(Settings(home=Path(folder)))
        yield opened
        opened.close()


class Tenant:
    """One organization of a test, and the whole way of its files to alerts."""

    numbers = itertools.count(1)

    def __init__(self, home: Home, folder: Path) -> None:
        self.home = home
        self.folder = folder
        self.slug = f"tenant-{next(self.numbers)}"
        self.files = itertools.count(1)
        with home.database.transaction() as cursor:
            organizations.add(cursor, Organization(uuid4(), self.slug, f"Tenant {self.slug}"), "test")

    def deliver(self, content: str | bytes, name: str | None = None, **options: Any) -> dict[str, Any]:
        """Import one file and return its row of the registry, with ``new`` as the receipt has it."""
        path = self.folder / (name or f"file-{next(self.files)}.csv")
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        (receipt,) = receiving.receive(
            self.home,
            [path],
            self.slug,
            profile_name=options.get("profile"),
            on_invalid=OnInvalid(options.get("on_invalid", "reject")),
            actor="test",
        )
        import_these(self.home, [receipt.load_id], "test")
        with self.home.database.transaction() as cursor:
            return {**loads.by_ids(cursor, [receipt.load_id])[receipt.load_id], "new": receipt.new}

    def bad_rows(self, load: dict[str, Any]) -> list[tuple[int, str, str]]:
        return self.home.lake.con.execute(
            "SELECT row_number, column_name, rule FROM lake.rejected_rows WHERE load_id = $1 ORDER BY ALL", [load["id"]]
        ).fetchall()

    def analyze(self) -> None:
        """Analyse what is due, for every organization with something due."""
        analyze_due(self.home)

    def alerts(self, analyzer: str, *statuses: str) -> list[dict[str, Any]]:
        with self.home.database.transaction() as cursor:
            return list(
                alerts.ranked(
                    cursor,
                    statuses=list(statuses or ("OPEN", "ACKNOWLEDGED")),
                    organization=self.slug,
                    analyzer=analyzer,
                    severity=None,
                    month=None,
                    limit=None,
                    after=None,
                )
            )

    def findings(self, analyzer: str) -> list[tuple[str, str, Decimal]]:
        """month, severity and amount at stake of each finding."""
        rows = self.home.lake.con.execute(
            "SELECT strftime(f.month, '%Y-%m'), ['', 'LOW', 'MEDIUM', 'HIGH'][f.severity + 1], f.amount"
            " FROM lake.findings AS f WHERE analyzer = $1 AND organization_id = $2 ORDER BY ALL",
            [analyzer, self._id()],
        ).fetchall()
        return rows

    def _id(self) -> Any:
        with self.home.database.transaction() as cursor:
            return organizations.get(cursor, self.slug).id


@pytest.fixture
def tenant(home: Home, tmp_path: Path) -> Tenant:
    return Tenant(home, tmp_path)


@pytest.fixture
def new_tenant(home: Home, tmp_path: Path) -> Callable[[], Tenant]:
    return lambda: Tenant(home, tmp_path)


def rows(*lines: str) -> str:
    return HEADER + "".join(f"{line}\n" for line in lines)
