"""The type of what JSON can say, for values that cross a border as documents: evidence, parameters, audit metadata."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

JsonValue: TypeAlias = "str | int | float | bool | None | Sequence[JsonValue] | Mapping[str, JsonValue]"
