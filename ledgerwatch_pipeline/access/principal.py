"""Who acts: a name for the audit log, a role, and the organizations they may touch. An argument of every use case.

The command line's principal is the local operator. Where keys and sessions become principals is the faces' business.
"""

from dataclasses import dataclass
from enum import IntEnum
from uuid import UUID

from ledgerwatch_pipeline.model.errors import AccessDeniedError, UsageError


class Role(IntEnum):
    """What a principal may do, each role all of those before it: read; act and import; set up an organization; operate."""

    VIEWER = 1
    ANALYST = 2
    ADMIN = 3
    OPERATOR = 4


@dataclass(frozen=True, slots=True)
class Principal:
    """organizations: ids of those it may touch; None: all of the installation."""

    name: str
    role: Role
    organizations: frozenset[UUID] | None = None

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise UsageError("say who does it: the actor is empty")

    def may_see(self, organization_id: UUID) -> bool:
        """Whether the organization exists, as far as this principal is concerned."""
        return self.organizations is None or organization_id in self.organizations

    def require(self, role: Role) -> None:
        """Raises AccessDeniedError unless the principal has at least ``role``."""
        if self.role < role:
            raise AccessDeniedError(
                f"{self.name} has the role {self.role.name.lower()}; this needs {role.name.lower()}"
            )


def local_operator(name: str) -> Principal:
    """Whoever sits at the machine: operates the whole installation."""
    return Principal(name, Role.OPERATOR)


SYSTEM = Principal("system", Role.OPERATOR)
"""LedgerWatch itself: what happens without anybody asking for it."""
