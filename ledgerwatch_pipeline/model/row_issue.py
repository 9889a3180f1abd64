"""The rows of a load that are not in the ledger, as people are told of them. Looking them up: ``stores.lake.row_issues``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class IssueKind(StrEnum):
    """Why a row is not in the ledger: it breaks a rule, or the ledger has it already."""

    REJECTED = "rejected"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class RowIssue:
    """One broken rule of one row, or that it was skipped. row: its number in the file. column: as the file calls it."""

    kind: IssueKind
    row: int
    column: str
    value: str | None
    rule: str
    message: str


@dataclass(frozen=True, slots=True)
class IssueReport:
    """The first rows of a load that are not in the ledger, of each kind, and how many there are by kind and rule."""

    first: Sequence[RowIssue] = ()
    counts: Mapping[IssueKind, Mapping[str, int]] = field(default_factory=dict)

    def of_kind(self, kind: IssueKind) -> list[RowIssue]:
        """The first of this kind."""
        return [each for each in self.first if each.kind is kind]

    def by_rule(self, kind: IssueKind) -> Mapping[str, int]:
        """How many of this kind there are, by rule."""
        return self.counts.get(kind, {})

    def not_listed(self, kind: IssueKind) -> int:
        """How many of this kind there are beside the first."""
        return sum(self.by_rule(kind).values()) - len(self.of_kind(kind))
