"""How people name what is counted within an organization: its slug and a number there, such as ``devon-18`` or ``devon-c12``."""

import re
from dataclasses import dataclass
from typing import ClassVar, Self

from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.model.organization import SLUG


@dataclass(frozen=True, slots=True)
class OrganizationNumber:
    """A name of one kind. MARK stands before the number and tells the kind; WHAT: whose number it is; EXAMPLE: one of them."""

    MARK: ClassVar[str]
    WHAT: ClassVar[str]
    EXAMPLE: ClassVar[str]

    organization: str
    number: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what ``str`` writes, in any case and with blanks around it; raises UsageError for anything else."""
        found = re.fullmatch(rf"({SLUG.pattern})-{cls.MARK}([1-9][0-9]{{0,8}})", text.strip().lower())
        if found is None:
            raise UsageError(f"{text!r} is no {cls.WHAT} number; write it as lists show it, for example {cls.EXAMPLE}")
        return cls(found[1], int(found[2]))

    def __str__(self) -> str:
        return f"{self.organization}-{self.MARK}{self.number}"
