"""An installation for the tests of the command line, and the command called in this process."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ledgerwatch_pipeline.cli.main import run
from ledgerwatch_tests.processes import Installation, installation

HEADER = "date,vendor,amount,category,description\n"
GOOD = HEADER + "2024-03-01,Acme,50.00,Office,x\n2024-03-02,Acme,50.00,Office,x\n"

Answer = tuple[int, str, str]
"""Exit code, standard output, standard error."""


@pytest.fixture(scope="session")
def place() -> Iterator[Installation]:
    """An installation with the organization acme, one accepted load, and its alert acme-1.

    Made once for all tests of the command line; who needs more adds an organization of its own.
    """
    with installation() as fresh:
        fresh.add_organization("acme")
        file = fresh.home.settings.home / "good.csv"
        file.write_text(GOOD)
        fresh.deliver("acme", file)
        yield fresh


@pytest.fixture
def ledgerwatch(
    place: Installation, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., Answer]:
    """The command in this process, where the boundary does not matter: the same ``run``, much faster."""

    def call(*arguments: str | Path, **environment: str) -> Answer:
        with monkeypatch.context() as patch:
            settings = {"LEDGERWATCH_HOME": place.environment["LEDGERWATCH_HOME"], "LEDGERWATCH_THREADS": "1"}
            for name, value in {**settings, **environment}.items():
                patch.setenv(name, value)
            code = run([str(argument) for argument in arguments])
        return code, *capfd.readouterr()

    return call
