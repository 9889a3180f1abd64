"""What holds of a hash chain of audit events, wherever it lies: each event follows the one before. And the lines of an export.

One walk for the stored log (``stores.postgres.audit``) and for a file of it (``pipeline.audit``). How an event is written and
hashed: ``model.audit``.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from ledgerwatch_pipeline.model.audit import CHAIN_NAMES, GENESIS, AuditRow, ChainHead, canonical, digest
from ledgerwatch_pipeline.model.errors import LedgerWatchError

LONGEST_LINE = 64 * 1024 * 1024
"""Characters of a line of an export; no event is anywhere near."""

_LINE = re.compile(
    r'\{"chain":"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})","event":(\{.*\}),"form":([12])'
    r',"hash":"([0-9a-f]{64})","previous_hash":"([0-9a-f]{64})"\}\n?'
)


class BrokenChainError(LedgerWatchError):
    """The first event of a chain that does not fit, and why. chain: whose it is, as people read it. line: of the export it
    was found in, None in the log itself."""

    def __init__(self, chain: str, seq: int, why: str, line: int | None = None) -> None:
        self.chain = chain
        self.seq = seq
        self.why = why
        self.line = line
        place = "" if line is None else f" (line {line})"
        super().__init__(f"the audit log of {chain} is broken at event {seq}{place}: {why}")


class MissingHeadError(LedgerWatchError):
    """No event has a hash that was noted; which chain it would be of, nobody can tell."""

    def __init__(self, head: str) -> None:
        self.head = head
        super().__init__(f"no event has the hash {head}: it was never here, or a tail was cut off")


class NotAnExportError(LedgerWatchError):
    """A line that ``audit export`` did not write."""

    def __init__(self, line: int, why: str) -> None:
        self.line = line
        super().__init__(f"line {line} is no event of an export: {why}")


@dataclass(frozen=True, slots=True)
class Link:
    """An event as a chain is checked by: its place, the text that is hashed, and the two hashes that were stored with it."""

    seq: int
    text: str
    previous_hash: str
    hash: str


class Walk:
    """A chain walked from its first event on; ``seq`` and ``hash`` are those of the last event that fitted."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.seq = 0
        self.hash = GENESIS

    def follow(self, link: Link, line: int | None = None) -> None:
        """Go on to the next event; raises BrokenChainError if it is not the one that follows."""
        seq = self.seq + 1
        if link.seq != seq:
            raise BrokenChainError(self.name, seq, f"it is missing, the next is {link.seq}", line)
        if link.previous_hash != self.hash:
            raise BrokenChainError(self.name, seq, "its previous hash is not the hash of the event before", line)
        if digest(self.hash, link.text) != link.hash:
            raise BrokenChainError(self.name, seq, "its content does not give its hash", line)
        self.seq, self.hash = seq, link.hash


def link_of(row: AuditRow) -> Link:
    """A stored event as its chain is checked by. Raises ValueError for a row that no event can have given."""
    return Link(row.seq, canonical(row), row.previous_hash, row.hash)


def export_line(row: AuditRow) -> str:
    """An event as a line of an export: an object whose keys stand in this order without spaces, so that what is hashed, the
    value of ``event``, is a piece of the line as it stands. Raises ValueError for a row that no event can have given."""
    return (
        f'{{"chain":"{row.chain_id}","event":{canonical(row)},"form":{row.form}'
        f',"hash":"{row.hash}","previous_hash":"{row.previous_hash}"}}\n'
    )


def verify_lines(lines: Iterable[str], expected_heads: Iterable[str] = ()) -> list[ChainHead]:
    """Walk the chains of an export, one behind the other as it has them; the last event of each.

    Raises BrokenChainError naming the first event that does not fit, MissingHeadError for a noted head that no event has,
    and NotAnExportError.
    """
    wanted = set(expected_heads)
    found: dict[UUID, ChainHead] = {}
    walk, chain = Walk(""), None
    for number, (this, link) in enumerate(_links(lines), start=1):
        if this != chain:
            if this in found:
                raise BrokenChainError(_name(this), found[this].seq + 1, "it stands behind another chain", number)
            walk, chain = Walk(_name(this)), this
        walk.follow(link, number)
        wanted.discard(link.hash)
        found[this] = ChainHead(this, None, walk.seq, walk.hash)
    if wanted:
        raise MissingHeadError(min(wanted))
    return list(found.values())


def _links(lines: Iterable[str]) -> Iterator[tuple[UUID, Link]]:
    for number, line in enumerate(lines, start=1):
        parts = _LINE.fullmatch(line)
        if parts is None:
            raise NotAnExportError(number, "ledgerwatch audit export writes one object a line, its end included")
        try:
            event = json.loads(parts[2])
        except (ValueError, RecursionError) as error:
            raise NotAnExportError(number, f"its event is no JSON ({type(error).__name__})") from error
        seq = event.get("seq")
        if not isinstance(seq, int) or isinstance(seq, bool):
            raise NotAnExportError(number, "its event has no whole number as seq")
        if parts[3] == "2" and event.get("chain") != parts[1]:
            raise NotAnExportError(number, "its event is of another chain than the line says")
        yield UUID(parts[1]), Link(seq, parts[2], parts[5], parts[4])


def _name(chain: UUID) -> str:
    return CHAIN_NAMES.get(chain, str(chain))
