"""What a process does that is killed at random moments: it receives files and imports them, without Dagster.

Loaded once by multiprocessing's fork server with all it needs, so that the time of a child is spent on the import itself.
"""

from collections.abc import Sequence
from pathlib import Path

from ledgerwatch_pipeline.access.principal import local_operator
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing.judge import load_expectations
from ledgerwatch_pipeline.importing.receive.files import receive
from ledgerwatch_pipeline.model.load import ImportOptions, OnInvalid
from ledgerwatch_pipeline.settings import Settings
from ledgerwatch_tests.steps import import_these

load_expectations()


def import_files(home: str, organization: str, files: Sequence[str]) -> None:
    """Import the files, each an own delivery, as a person would who names them again after each crash."""
    opened = Home(Settings(home=Path(home), threads=1))
    tester = local_operator("test")
    options = ImportOptions(OnInvalid.QUARANTINE)
    ids = [receive(opened, [Path(file)], organization, options, tester)[0].load_id for file in files]
    import_these(opened, tester, ids)
    opened.close()
