"""The stores of one home, opened together: what every use case is handed. Opened once by each face."""

from functools import cached_property
from typing import TYPE_CHECKING

from ledgerwatch_pipeline.settings import Settings
from ledgerwatch_pipeline.stores.postgres.engine import Database
from ledgerwatch_pipeline.stores.postgres.migrate import bring_up_to_date, require_current
from ledgerwatch_pipeline.stores.postgres.server import embedded_server_url

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from ledgerwatch_pipeline.stores.lake.session import Lake


class Home:
    """Settings, PostgreSQL and the lake. The database is up to date when this is made; the lake attaches at first use.

    The embedded server is worked with as a role that cannot change the audit log (``stores.postgres.grants``), a given one as
    whom its address names.
    """

    def __init__(self, settings: Settings, *, migrated: bool = True) -> None:
        self.settings = settings
        if settings.database_url is None:
            self.database = bring_up_to_date(embedded_server_url(settings.home))
            return
        self.database = Database(settings.database_url)
        if migrated:
            require_current(self.database)

    @cached_property
    def lake(self) -> "Lake":
        """The lake; DuckDB is imported here and not before, for the commands that need only PostgreSQL."""
        from ledgerwatch_pipeline.stores.lake.session import Lake

        return Lake(self.settings, self.database)

    @cached_property
    def reading(self) -> "DuckDBPyConnection":
        """A connection that only reads the lake, for the commands that show what is in it."""
        from ledgerwatch_pipeline.stores.lake.reading import connect_for_reading

        return connect_for_reading(self.settings, self.database)

    def close(self) -> None:
        """Detach the lake, if it was attached, and close the connections; the embedded server stops with its last process."""
        if "lake" in self.__dict__:
            self.lake.close()
        if "reading" in self.__dict__:
            self.reading.close()
        self.database.close()
