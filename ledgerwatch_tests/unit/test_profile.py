"""Profiles as values: what is stored with a load is read as it was written."""

import json
import tomllib

import pytest

from ledgerwatch_pipeline.importing.profile import known_profiles
from ledgerwatch_pipeline.model.json import JsonValue
from ledgerwatch_pipeline.model.profile import Profile
from ledgerwatch_pipeline.model.transaction import FILE_FIELDS
from ledgerwatch_tests.docs.test_readme import PROJECT


def test_a_stored_profile_is_read_as_it_was_written_and_nothing_else_is() -> None:
    profile = Profile(
        "p", {"date": ("Date", "Day"), "vendor": ("V",), "amount": ("A",)}, strip=("£",), negative="refund"
    )
    stored = json.loads(json.dumps(profile.as_json()))
    assert Profile.from_json(stored) == profile
    wrong: list[dict[str, JsonValue]] = [
        {},
        {"columns": []},
        {"columns": {"date": "Date"}},
        {"strip": "£"},
        {"strip": [1]},
        {"decimal": None},
        {"colour": "red"},
    ]
    for change in wrong:
        with pytest.raises(ValueError, match="stored profile"):
            Profile.from_json({**stored, **change} if change else {"columns": stored["columns"]})


def test_the_built_in_profile_takes_every_field_by_its_name() -> None:
    built_in = known_profiles(PROJECT / "no-such-folder")["ledgerwatch"]
    assert built_in.columns == {field.name: (field.name,) for field in FILE_FIELDS}


def test_devons_profile_takes_the_invoice_number_as_the_reference() -> None:
    text = (PROJECT / "examples" / "profiles" / "devon.toml").read_text(encoding="utf-8")
    assert tomllib.loads(text)["columns"]["reference"] == ["Invoice Number"]
