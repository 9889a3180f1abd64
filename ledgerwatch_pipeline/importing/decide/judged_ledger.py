"""How a batch notices that the ledger has moved since it was judged: no lock is held while it is held against it.

Whoever commits takes the lock of the organizations concerned, and asks once more.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

import duckdb

from ledgerwatch_pipeline.model.load import OnOverlap
from ledgerwatch_pipeline.stores.lake import ledger, load_totals

LEAST = 20
"""Rows that must be equal before a load is held: fewer may well be chance."""


@dataclass(frozen=True, slots=True)
class Contender:
    """A load of a batch that will be accepted, unless it overlaps. rows: its good ones; groups: how many those are by month (its
    first day) and type. equal: of how many at most the ledger and the loads before it have an equal one."""

    ordinal: int
    organization_id: UUID
    on_overlap: OnOverlap
    rows: int
    groups: Mapping[tuple[date, str], int]
    equal: int = 0

    def overlaps(self, equal: int) -> bool:
        """Whether so many equal rows make a difference to it: at least 20 and half of all hold it, any one is dropped."""
        match self.on_overlap:
            case OnOverlap.HOLD:
                return equal >= LEAST and 2 * equal >= self.rows
            case OnOverlap.SKIP:
                return equal > 0
            case OnOverlap.KEEP:
                return False

    @property
    def held(self) -> bool:
        """Whether it is held, once it is known how many rows are equal: more of them change nothing."""
        return self.on_overlap is OnOverlap.HOLD and self.overlaps(self.equal)

    def at_most_equal(self, others: Mapping[tuple[date, str], int]) -> int:
        """Of how many of its rows there can be an equal one, where there are so many by month and type."""
        return sum(min(rows, others.get(group, 0)) for group, rows in self.groups.items())

    def with_equal(self, equal: int) -> "Contender":
        """The same, once it is known how many rows are equal."""
        return replace(self, equal=equal)


@dataclass(frozen=True, slots=True)
class JudgedLedger:
    """What a batch was held against: by organization, the loads that had rows in the ledger then.

    corrections: those that the organizations had in the lake then. with_ids: organizations of which the batch brings external ids or
    replaces rows: any other load may concern those. contenders: loads that could overlap another load, and for which it matters. The
    rest of what others accept is of no concern.
    """

    loads: Mapping[UUID, frozenset[UUID]]
    corrections: Mapping[UUID, frozenset[UUID]]
    with_ids: frozenset[UUID] = frozenset()
    contenders: tuple[Contender, ...] = ()

    @classmethod
    def of(cls, con: duckdb.DuckDBPyConnection, organizations: Collection[UUID]) -> "JudgedLedger":
        """The ledger of these organizations as ``con`` sees it now; all that others change of it is of concern."""
        if not organizations:
            return cls({}, {})
        return cls(
            load_totals.loads_of(con, organizations),
            ledger.corrections_of(con, organizations),
            frozenset(organizations),
        )

    def concerning(self, with_ids: Collection[UUID], contenders: Sequence[Contender]) -> "JudgedLedger":
        """The same, reduced to the organizations for which it matters."""
        able = tuple(each for each in contenders if each.overlaps(each.rows))
        organizations = {*with_ids, *(each.organization_id for each in able)}
        return JudgedLedger(
            {each: self.loads[each] for each in organizations},
            {each: self.corrections[each] for each in organizations},
            frozenset(with_ids),
            able,
        )

    @property
    def organizations(self) -> tuple[UUID, ...]:
        """Those whose ledger is of concern, in the order of their locks."""
        return tuple(sorted(self.loads))

    def holds(self, con: duckdb.DuckDBPyConnection) -> bool:
        """Whether the batch would be judged the same by now.

        Asked on a connection of its own, since a transaction under way sees the ledger of its beginning. True stays true as long
        as the caller holds the lock under which loads that were judged so are committed.
        """
        if not self.loads:
            return True
        with con.cursor() as now:
            if ledger.corrections_of(now, self.loads) != self.corrections:
                return False
            found = load_totals.loads_of(now, self.loads)
            changed = {each for each, theirs in found.items() if theirs != self.loads[each]}
            if not changed:
                return True
            if changed & self.with_ids or any(self.loads[each] - found[each] for each in changed):
                return False
            came = load_totals.rows_by_month(now, {load for each in changed for load in found[each] - self.loads[each]})
        return not any(
            each.overlaps(each.equal + more)
            for each in self.contenders
            if not each.held and (more := each.at_most_equal(came.get(each.organization_id, Counter())))
        )
