"""``ledgerwatch notify`` as people call it."""

import json
from collections.abc import Callable, Iterator

import pytest

from ledgerwatch_tests.cli.conftest import Answer
from ledgerwatch_tests.processes import Installation
from ledgerwatch_tests.receivers import Webhook, webhook

pytestmark = pytest.mark.slow  # processes are started, or there are very many

Call = Callable[..., Answer]


@pytest.fixture(scope="module")
def told(place: Installation) -> str:
    """The title of the message about an organization with alerts."""
    place.alert_of("told")
    count = len(place.json("alerts", "list", "--org", "told", "--all")["alerts"])
    return f"LedgerWatch: {count} new {'alert' if count == 1 else 'alerts'} of Told"


@pytest.fixture
def hook(place: Installation, told: str) -> Iterator[Webhook]:  # noqa: ARG001 its organization is there
    """A receiver, which the home's file names; without the file again at the end."""
    file = place.home.settings.notifications
    with webhook() as received:
        file.write_text(f'[[destinations]]\nname = "hook"\nurl = "{received.url}"\norganizations = ["told"]\n')
        yield received
    file.unlink()


def test_without_a_file_it_says_that_it_is_off(place: Installation, ledgerwatch: Call) -> None:
    file = place.home.settings.notifications
    assert ledgerwatch("notify") == (0, f"notifications are off: there is no {file}\n", "")
    code, output, errors = ledgerwatch("notify", "--json")
    assert (code, json.loads(output), errors) == (0, {"file": str(file), "on": False, "destinations": []}, "")
    code, output, errors = ledgerwatch("notify", "--test", "hook")
    assert (code, output) == (2, "")
    assert f"there is no {file}" in errors


def test_it_says_what_it_would_send_fails_to_send_and_sends(ledgerwatch: Call, hook: Webhook, told: str) -> None:
    code, output, _ = ledgerwatch("notify", "--dry-run")
    assert code == 0
    assert output.startswith(f"hook: would be sent\n  {told}\n    Told (told): ")
    assert hook.posted == []

    hook.status = 500
    code, output, errors = ledgerwatch("notify")
    assert (code, errors) == (1, "")
    assert output.startswith("hook: failed: Failed to send JSON")
    code, output, _ = ledgerwatch("notify", "--test", "hook", "--json")
    assert (code, json.loads(output)["destinations"][0]["outcome"]) == (1, "failed")

    hook.status = 200
    code, output, errors = ledgerwatch("notify", "--test", "hook")
    assert (code, output, errors) == (0, "hook: sent\n  LedgerWatch: a test\n", "")
    code, output, errors = ledgerwatch("notify", "--json")
    (sent,) = json.loads(output)["destinations"]
    assert (code, sent["outcome"], sent["reason"], sent["quiet_until"], errors) == (0, "sent", None, None, "")
    assert [each["title"] for each in sent["messages"]] == [told]
    assert ledgerwatch("notify") == (0, "hook: nothing new\n", "")
    assert hook.titles == ["LedgerWatch: a test", told]


def test_wrong_usage_is_said(ledgerwatch: Call, hook: Webhook) -> None:
    code, _, errors = ledgerwatch("notify", "--test", "hok")
    assert (code, "unknown destination 'hok'; known: hook" in errors) == (2, True)
    assert ledgerwatch("notify", "--test", "hook", "--dry-run")[0] == 2
    assert hook.posted == []
