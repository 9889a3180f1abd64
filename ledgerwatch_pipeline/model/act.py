"""What has to go with an act of a person on an alert or a case, and what a note may be. The acts: ``alert`` and ``case``."""

from ledgerwatch_pipeline.model.errors import UsageError

NOTE_LIMIT = 4_000
"""Characters of a note or a comment."""
PERSON_LIMIT = 100
"""Characters of a person's name."""
NOBODY, ME = "none", "me"
"""What filters say instead of a person's name; nobody is called so."""


def require_note(note: str | None) -> None:
    """Raises UsageError for a note that is too long."""
    if note is not None and len(note) > NOTE_LIMIT:
        raise UsageError(f"a note has at most {NOTE_LIMIT:,} characters, not {len(note):,}")


def require_comment(note: str | None) -> None:
    """Raises UsageError for a comment that says nothing."""
    if not (note or "").strip():
        raise UsageError("a comment says something; give its text")


def require_assignee(assignee: str | None) -> None:
    """Raises UsageError for what is no person's name; None is nobody."""
    if assignee is None:
        return
    if not assignee or len(assignee) > PERSON_LIMIT or assignee != assignee.strip():
        raise UsageError(
            f"an assignee has a name of 1 to {PERSON_LIMIT} characters without blanks around it, not {assignee!r};"
            " --nobody takes it from whoever has it"
        )
    if assignee.casefold() in (NOBODY, ME):
        raise UsageError(
            f"{assignee!r} is nobody's name: filters mean something else by it; --nobody assigns to nobody"
        )


def require_outcome(
    thing: str, action: str, outcome: str | None, outcomes: tuple[str, ...], *, resolving: bool
) -> None:
    """Raises UsageError for an outcome that does not go with the action. thing: such as ``an alert``."""
    if resolving and outcome not in outcomes:
        raise UsageError(f"to resolve {thing} give an outcome: {', '.join(outcomes)}")
    if not resolving and outcome is not None:
        raise UsageError(f"only resolving {thing} has an outcome, not to {action}")
