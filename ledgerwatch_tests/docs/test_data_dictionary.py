"""docs/data-dictionary.md says what model.transaction says."""

from ledgerwatch_pipeline.model.dictionary import data_dictionary
from ledgerwatch_tests.docs.test_readme import PROJECT


def test_the_page_is_what_is_written_from_the_fields() -> None:
    page = (PROJECT / "docs" / "data-dictionary.md").read_text(encoding="utf-8")
    assert page == data_dictionary(), "python -m ledgerwatch_pipeline.model.dictionary > docs/data-dictionary.md"
