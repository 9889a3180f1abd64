"""Fresh homes: the command over one, and Python in it, each in a process of its own, as the home's server stops with the last
process that uses it. What is measured there: ``product``, ``analysis``, ``backtest``.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

from benchmarks import data
from benchmarks.memory import Watched, run_watched, wait_until_gone

_COMMAND = [sys.executable, "-m", "ledgerwatch_pipeline.cli.main"]
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class FreshHome:
    """A home whose organizations are there, and nothing else; its path is short: PostgreSQL's socket lies in it."""

    folder: Path

    def run(self, *arguments: str | Path) -> Watched:
        """The command with these arguments, watched; it starts the server, and the server is gone before and after."""
        self.wait()
        environment = {**os.environ, "LEDGERWATCH_HOME": str(self.folder)}
        watched = run_watched([*_COMMAND, *map(str, arguments)], environment, self.folder / "postgres")
        self.wait()
        return watched

    def wait(self) -> None:
        """Until the home's server has stopped."""
        wait_until_gone(self.folder / "postgres")


@contextmanager
def fresh_home(amounts: data.Amounts) -> Iterator[FreshHome]:
    """A home with the benchmark's organizations, their opening balances and limits; gone after the block."""
    home = FreshHome(Path(tempfile.mkdtemp(prefix="lw-bench-")))
    try:
        apart(_add_organizations, home.folder, amounts)
        yield home
    finally:
        home.wait()
        shutil.rmtree(home.folder)


def apart(function: Callable[..., Result], *arguments: object) -> Result:
    """What ``function`` returns or raises, called in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(function, *arguments).result()


def _add_organizations(home: Path, amounts: data.Amounts) -> None:
    from ledgerwatch_pipeline.access.principal import local_operator
    from ledgerwatch_pipeline.analysis import thresholds
    from ledgerwatch_pipeline.analysis.thresholds import ThresholdFields
    from ledgerwatch_pipeline.home import Home
    from ledgerwatch_pipeline.model.organization import Organization
    from ledgerwatch_pipeline.model.threshold import Period, ScopeKind, ThresholdScope
    from ledgerwatch_pipeline.settings import Settings
    from ledgerwatch_pipeline.stores.postgres import organizations

    opened = Home(Settings(home=home))
    operator = local_operator("benchmark")
    balance = Decimal(amounts.opening_balance)
    new = [
        Organization(
            uuid4(), data.slug(each), f"Organization {each}", opening_balance=balance, opening_date=data.OPENING_DATE
        )
        for each in range(data.ORGANIZATIONS)
    ]
    with opened.database.transaction() as connection:
        organizations.add_all(connection, new, operator)
    limits = {
        "all": ThresholdFields(period=Period.MONTH, amount=Decimal(amounts.limit)),
        "category": ThresholdFields(
            period=Period.MONTH,
            amount=Decimal(amounts.category_limit),
            scope=ThresholdScope(ScopeKind.CATEGORY, data.CATEGORY),
        ),
    }
    for organization in new:
        for slug, fields in limits.items():
            thresholds.add(opened, organization.slug, slug, fields, operator)
    opened.close()
