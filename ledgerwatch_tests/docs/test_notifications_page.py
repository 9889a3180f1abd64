"""The examples of docs/notifications.md are read as they stand, Apprise can use their URLs, and the page names every key and kind."""

import re
from pathlib import Path
from uuid import UUID

import pytest

from ledgerwatch_pipeline.model.notification import Kind
from ledgerwatch_pipeline.model.organization import Organization
from ledgerwatch_pipeline.notifying.configuration import read_configuration
from ledgerwatch_pipeline.notifying.sending import SECONDS, Sender
from ledgerwatch_pipeline.pipeline.notify import Outcome
from ledgerwatch_tests.docs.test_readme import PROJECT

PAGE = (PROJECT / "docs" / "notifications.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
ORGANIZATIONS = [Organization(UUID(int=number), slug, slug) for number, slug in enumerate(("acme", "devon"))]


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_right(tmp_path: Path, example: str) -> None:
    file = tmp_path / "notifications.toml"
    file.write_text(example, encoding="utf-8")
    said = re.search(r"url_env.*# such as (\S+)", example)
    found = read_configuration(file, ORGANIZATIONS, {"NOTIFY_CHAT": said[1] if said else ""})
    assert found is not None
    (destination,) = found.destinations
    url = destination.url.replace("TOKEN_A", "T1JJ3T3L2").replace("TOKEN_B", "A1BRTD4JD").replace("TOKEN_C", "T" * 24)
    with Sender() as sender:
        assert sender.check(url) is None


def test_the_page_names_every_kind_outcome_and_limit() -> None:
    for named in (*Kind, *Outcome):
        assert f"`{named}`" in PAGE
    assert f"After {SECONDS:g} seconds" in PAGE
