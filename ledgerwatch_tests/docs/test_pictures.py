"""docs/pictures: those that pages show are there, those that are there are shown, and they are small."""

import re

from ledgerwatch_tests.docs.test_readme import PROJECT

PICTURES = PROJECT / "docs" / "pictures"


def test_every_picture_of_a_page_is_there_and_every_picture_is_on_a_page() -> None:
    shown = {
        (page.parent / target).resolve()
        for page in (PROJECT / "README.md", *(PROJECT / "docs").glob("*.md"))
        for target in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", page.read_text(encoding="utf-8"))
    }
    assert shown == set(PICTURES.iterdir())


def test_pictures_are_small() -> None:
    sizes = {each.name: each.stat().st_size for each in PICTURES.iterdir()}
    assert max(sizes.values()) <= 250_000, sizes
    assert sum(sizes.values()) <= 1_500_000, sizes
