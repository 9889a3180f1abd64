"""docs/corrections.md: its commands are run, in their order, on a transaction of an installation."""

import re
import shlex
from collections.abc import Callable

import pytest

from ledgerwatch_pipeline.model.load import transaction_id
from ledgerwatch_tests.cli.conftest import GOOD, Answer, ledgerwatch, place
from ledgerwatch_tests.docs.test_readme import PROJECT
from ledgerwatch_tests.processes import Installation

__all__ = ["ledgerwatch", "place"]

PAGE = (PROJECT / "docs" / "corrections.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^ledgerwatch (.*)$", "".join(re.findall(r"^```sh\n(.*?)^```$", PAGE, re.M | re.S)), re.M)


@pytest.mark.slow
def test_the_page_can_be_followed(place: Installation, ledgerwatch: Callable[..., Answer]) -> None:
    file = place.home.settings.home / "page.csv"
    file.write_text(GOOD.replace("50.00", "51.00"))
    (load,) = place.deliver("acme", file)
    named = {"TRANSACTION": str(transaction_id(load.id, 2)), "LOAD": str(load.id)}
    assert len(COMMANDS) == 9
    for command in COMMANDS:
        code, _, err = ledgerwatch(*(named.get(word, word) for word in shlex.split(command)))
        assert (code, err) == (0, ""), command
