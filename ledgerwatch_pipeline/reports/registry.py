"""Which reports there are, in the order they are listed. A new one is a module of ``forensic``, a text of ``sql/reports`` and a
line here; command line and Dagster take it from here."""

from ledgerwatch_pipeline.model.errors import UnknownThingError
from ledgerwatch_pipeline.reports.contract import Report
from ledgerwatch_pipeline.reports.forensic.benford_first import BENFORD_FIRST
from ledgerwatch_pipeline.reports.forensic.benford_first_two import BENFORD_FIRST_TWO
from ledgerwatch_pipeline.reports.forensic.benford_second import BENFORD_SECOND
from ledgerwatch_pipeline.reports.forensic.last_two import LAST_TWO
from ledgerwatch_pipeline.reports.forensic.number_duplication import NUMBER_DUPLICATION
from ledgerwatch_pipeline.reports.forensic.round_amounts import ROUND_AMOUNTS
from ledgerwatch_pipeline.reports.forensic.rsf import RSF

REPORTS: tuple[Report, ...] = (
    BENFORD_FIRST,
    BENFORD_SECOND,
    BENFORD_FIRST_TWO,
    NUMBER_DUPLICATION,
    LAST_TWO,
    ROUND_AMOUNTS,
    RSF,
)


def named(name: str) -> Report:
    """The report called ``name``; raises UnknownThingError naming the close ones."""
    for report in REPORTS:
        if report.name == name:
            return report
    raise UnknownThingError("report", name, [report.name for report in REPORTS], "see: ledgerwatch report --list")
