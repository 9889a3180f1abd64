"""How the files of a delivery are to be read, from the words of a command to what the registry keeps."""

from pathlib import Path

from ledgerwatch_pipeline.importing.profile import named_profile
from ledgerwatch_pipeline.model.load import ImportOptions, OnInvalid, OnOverlap


def import_options(
    profiles: Path, profile_name: str | None, on_invalid: OnInvalid, on_overlap: OnOverlap = OnOverlap.HOLD
) -> ImportOptions:
    """The options with the profile of that name, or in that .toml file; ``profiles`` is the folder of a person's own.

    Raises UsageError where there is no such profile, or it is wrong.
    """
    return ImportOptions(on_invalid, named_profile(profile_name, profiles) if profile_name else None, on_overlap)
