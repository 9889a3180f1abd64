"""The first of a list that may be long, and how long it is: what a check or a table of bounded size shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Listed(Generic[T]):
    """count: of all. first: as many of them as were asked for, in order."""

    count: int
    first: Sequence[T]
