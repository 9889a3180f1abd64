"""The tables of PostgreSQL: the one description of the schema that queries are made from and migrations are held against.

What DDL cannot say in columns (the audit log's triggers) is in ``sql/postgres/audit_triggers.sql``. How a table is read and
written is the module of that table's name. DuckLake's catalog and Dagster's storage live in schemas of their own.
"""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    Numeric,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import INT4MULTIRANGE, JSONB, UUID

SCHEMA = "ledgerwatch"

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "fk": "%(table_name)s_%(column_0_name)s_fkey",
        "ck": "%(table_name)s_%(constraint_name)s",
    }
)

_NOW = text("now()")
_AMOUNT = Numeric(18, 4)
_TOTAL = Numeric(28, 4)
_UUID = UUID(as_uuid=True)
_TIME = DateTime(timezone=True)


def _organization() -> Column[object]:
    return Column("organization_id", _UUID, ForeignKey("organizations.id"), nullable=False)


organizations = Table(
    "organizations",
    metadata,
    Column("id", _UUID, primary_key=True),
    Column("slug", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False, unique=True),
    Column("currency", Text, nullable=False),
    Column("currency_decimals", SmallInteger, nullable=False, comment="ISO 4217's minor units"),
    Column("opening_balance", _AMOUNT),
    Column("opening_date", Date),
    Column("revenue_categories", ARRAY(Text), nullable=False),
    Column("created_at", _TIME, nullable=False, server_default=_NOW),
    Column("delivers", Text, comment="when files are due, see model.cadence"),
    Column("delivers_since", Date, comment="the day on which that was said"),
    CheckConstraint("slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'", name="slug"),
    CheckConstraint("length(name) BETWEEN 1 AND 255", name="name"),
    CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
    CheckConstraint("currency_decimals BETWEEN 0 AND 4", name="currency_decimals"),
    CheckConstraint("(opening_balance IS NULL) = (opening_date IS NULL)", name="opening"),
    CheckConstraint(
        "delivers ~ '^(daily|workdays|weekly (mon|tues|wednes|thurs|fri|satur|sun)day|monthly ([1-9]|[12][0-9]|3[01]))$'",
        name="delivers",
    ),
    CheckConstraint("(delivers IS NULL) = (delivers_since IS NULL)", name="delivers_since"),
)

loads = Table(
    "loads",
    metadata,
    Column("id", _UUID, primary_key=True),
    _organization(),
    Column("sha256", Text, nullable=False),
    Column("file", Text, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("on_invalid", Text, nullable=False),
    Column("profile", JSONB(none_as_null=True), comment="as named at delivery; null: the one that fits the header"),
    Column("received_by", Text, nullable=False),
    Column("received_at", _TIME, nullable=False, server_default=_NOW),
    Column("worker", Integer, comment="key of the worker that leases it: its advisory lock is free once it is dead"),
    Column("attempts", Integer, nullable=False, server_default=text("0"), comment="leases so far: the fencing number"),
    Column("deaths", Integer, nullable=False, server_default=text("0"), comment="workers that died with it, in a row"),
    Column("error", Text, comment="why it is FAILED: of the installation, not of the file"),
    Column("finished_at", _TIME),
    Column("rows", BigInteger),
    Column("accepted", BigInteger),
    Column("rejected", BigInteger),
    Column("skipped", BigInteger),
    Column("blank", BigInteger),
    Column("expense", _TOTAL),
    Column("income", _TOTAL),
    Column("refund", _TOTAL),
    Column("months", ARRAY(Date)),
    Column("rules", JSONB(none_as_null=True), comment="broken rule: number of rows"),
    Column("reason", Text),
    Column("decided_with", JSONB(none_as_null=True), comment="all that decided it, see model.load.DecidedWith"),
    Column("closed_by", Text, comment="who said that nothing more is to be done about a rejected or failed load"),
    Column("closed_at", _TIME),
    Column("closed_note", Text),
    UniqueConstraint("organization_id", "sha256"),
    CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),
    CheckConstraint("bytes >= 0", name="bytes"),
    CheckConstraint("status IN ('RECEIVED', 'ACCEPTED', 'REJECTED', 'FAILED')", name="status"),
    CheckConstraint("on_invalid IN ('reject', 'quarantine')", name="on_invalid"),
    CheckConstraint("(status IN ('ACCEPTED', 'REJECTED')) = (finished_at IS NOT NULL)", name="finished"),
    CheckConstraint("(status = 'FAILED') = (error IS NOT NULL)", name="error"),
    CheckConstraint("worker IS NULL OR status = 'RECEIVED'", name="leased"),
    CheckConstraint("status <> 'ACCEPTED' OR rows = accepted + rejected + skipped + blank", name="counts"),
    CheckConstraint("status <> 'REJECTED' OR reason IS NOT NULL", name="reason"),
    CheckConstraint("(closed_by IS NULL) = (closed_at IS NULL)", name="closed"),
    CheckConstraint("closed_at IS NULL OR status IN ('REJECTED', 'FAILED')", name="closed_status"),
    CheckConstraint("closed_note IS NULL OR closed_at IS NOT NULL", name="closed_note"),
    Index("loads_waiting", "received_at", "file", "id", postgresql_where=text("status = 'RECEIVED'")),
    Index("loads_recent", text("received_at DESC"), "id"),
    Index("loads_of_organization", "organization_id", text("received_at DESC"), "id"),
    Index(
        "loads_unsolved",
        "received_at",
        "id",
        postgresql_where=text("status IN ('REJECTED', 'FAILED') AND closed_at IS NULL"),
    ),
)

inbox_files = Table(
    "inbox_files",
    metadata,
    Column("inbox", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("organization", Text, comment="what the file's folder is called, which may be no organization"),
    Column("bytes", BigInteger, nullable=False),
    Column(
        "changed_ns", BigInteger, nullable=False, comment="the later of the times of content and entry, nanoseconds"
    ),
    Column("state", Text, nullable=False),
    Column("since", _TIME, nullable=False),
    Column("seen_at", _TIME, nullable=False),
    Column("load_id", _UUID, ForeignKey("loads.id")),
    Column("reason", Text),
    Column("etag", Text, comment="what an object store calls these bytes; no hash of them"),
    PrimaryKeyConstraint("inbox", "path"),
    CheckConstraint("state IN ('SETTLING', 'SETTLED', 'RECEIVED', 'MISPLACED', 'UNREADABLE')", name="state"),
    CheckConstraint("(state = 'RECEIVED') = (load_id IS NOT NULL)", name="received"),
    CheckConstraint("(state IN ('MISPLACED', 'UNREADABLE')) = (reason IS NOT NULL)", name="reason"),
    Index("inbox_files_load", "load_id", postgresql_where=text("load_id IS NOT NULL")),
    comment="files of the inboxes that are watched, see model.inbox",
)

analysis_work = Table(
    "analysis_work",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    _organization(),
    Column("analyzer", Text, nullable=False),
    Column("first_month", Date, nullable=False),
    Column("last_month", Date, nullable=False),
    Column("cause", Text, nullable=False),
    Column("requested_by", Text, nullable=False),
    Column("status", Text, nullable=False, server_default=text("'PENDING'")),
    Column("worker", Integer, comment="key of the worker that leases it: its advisory lock is free once it is dead"),
    Column("attempts", Integer, nullable=False, server_default=text("0"), comment="leases so far: the fencing number"),
    Column("deaths", Integer, nullable=False, server_default=text("0"), comment="workers that died with it, in a row"),
    Column("error", Text),
    Column("created_at", _TIME, nullable=False, server_default=_NOW),
    CheckConstraint("extract(day FROM first_month) = 1 AND extract(day FROM last_month) = 1", name="months"),
    CheckConstraint("first_month <= last_month", name="order"),
    CheckConstraint("cause IN ('load', 'parameters', 'request', 'new', 'version', 'threshold')", name="cause"),
    CheckConstraint("status IN ('PENDING', 'FAILED')", name="status"),
    CheckConstraint("(status = 'FAILED') = (error IS NOT NULL)", name="error"),
    CheckConstraint("worker IS NULL OR status = 'PENDING'", name="leased"),
    Index("analysis_work_of_organization", "organization_id", "analyzer", "first_month"),
)

analyzer_parameters = Table(
    "analyzer_parameters",
    metadata,
    _organization(),
    Column("analyzer", Text, nullable=False),
    Column("parameters", JSONB, nullable=False, comment="parameter: what the organization sets instead of the default"),
    PrimaryKeyConstraint("organization_id", "analyzer"),
)

thresholds = Table(
    "thresholds",
    metadata,
    Column("id", _UUID, primary_key=True),
    _organization(),
    Column("slug", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("period", Text, nullable=False),
    Column("scope_kind", Text, nullable=False),
    Column("scope_value", Text, comment="the category or vendor as a person wrote it"),
    Column("type", Text, nullable=False),
    Column("operator", Text, nullable=False),
    Column("amount", _AMOUNT, nullable=False),
    Column("warn_at", Numeric(6, 4), comment="percent of the amount from which it counts as approached"),
    Column("severity", Text, nullable=False),
    Column("valid_from", Date),
    Column("valid_to", Date),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("created_at", _TIME, nullable=False, server_default=_NOW),
    UniqueConstraint("organization_id", "slug"),
    CheckConstraint("slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'", name="slug"),
    CheckConstraint("length(name) BETWEEN 1 AND 255", name="name"),
    CheckConstraint("period IN ('transaction', 'day', 'week', 'month', 'quarter', 'year')", name="period"),
    CheckConstraint("scope_kind IN ('all', 'category', 'vendor')", name="scope_kind"),
    CheckConstraint("(scope_kind = 'all') = (scope_value IS NULL)", name="scope"),
    CheckConstraint("type IN ('expense', 'income')", name="type"),
    CheckConstraint("operator IN ('>', '>=', '<', '<=')", name="operator"),
    CheckConstraint("amount > 0", name="amount"),
    CheckConstraint("(operator IN ('>', '>=')) = (warn_at IS NOT NULL)", name="warns"),
    CheckConstraint("warn_at > 0 AND warn_at < 100", name="warn_at"),
    CheckConstraint("severity IN ('LOW', 'MEDIUM', 'HIGH')", name="severity"),
    CheckConstraint("valid_from <= valid_to", name="validity"),
    CheckConstraint("version > 0", name="version"),
    comment="budget limits that organizations set",
)

analysis_runs = Table(
    "analysis_runs",
    metadata,
    Column("id", _UUID, primary_key=True),
    Column("analyzer", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("first_month", Date, nullable=False),
    Column("last_month", Date, nullable=False),
    Column("status", Text, nullable=False),
    Column("dagster_run_id", Text),
    Column("ledger_snapshot", BigInteger),
    Column("findings", BigInteger, comment="of all its organizations"),
    Column("alerts_raised", BigInteger, comment="of all its organizations"),
    Column("worker", Integer, comment="key of the worker that runs it: its advisory lock is free once it is dead"),
    Column("error", Text),
    Column("created_at", _TIME, nullable=False, server_default=_NOW),
    Column("started_at", _TIME),
    Column("finished_at", _TIME),
    CheckConstraint("last_month >= first_month", name="order"),
    CheckConstraint("status IN ('PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED')", name="status"),
    CheckConstraint("(status = 'SUCCEEDED') = (ledger_snapshot IS NOT NULL)", name="snapshot"),
    CheckConstraint("(status = 'SUCCEEDED') = (findings IS NOT NULL)", name="findings"),
    CheckConstraint("alerts_raised IS NULL OR status = 'SUCCEEDED'", name="alerts_raised"),
    CheckConstraint("(status = 'FAILED') = (error IS NOT NULL)", name="error"),
    CheckConstraint("(status IN ('SUCCEEDED', 'FAILED')) = (finished_at IS NOT NULL)", name="finished"),
    Index("analysis_runs_recent", text("created_at DESC"), "id"),
    comment="one execution of an analyzer's SQL, of as many organizations as analysis_run_results has rows",
)

analysis_run_results = Table(
    "analysis_run_results",
    metadata,
    Column("run_id", _UUID, ForeignKey("analysis_runs.id"), nullable=False),
    _organization(),
    Column("first_month", Date, nullable=False),
    Column("last_month", Date, nullable=False),
    Column("parameters", JSONB, nullable=False, comment="every parameter's value as used"),
    Column("outcome", Text, nullable=False),
    Column("findings", BigInteger),
    Column("alerts_raised", BigInteger),
    Column("insufficient", JSONB, nullable=False, comment="[{reason, first, last}], months as YYYY-MM"),
    Column("thresholds", JSONB, nullable=False, server_default=text("'[]'"), comment="as used, see model.threshold"),
    PrimaryKeyConstraint("run_id", "organization_id", "first_month"),
    CheckConstraint(
        "outcome IN ('PENDING', 'ANALYSED', 'INSUFFICIENT_DATA', 'FAILED', 'NOT_RECORDED')", name="outcome"
    ),
    CheckConstraint("(outcome IN ('ANALYSED', 'INSUFFICIENT_DATA')) = (findings IS NOT NULL)", name="findings"),
    CheckConstraint("alerts_raised IS NULL OR findings IS NOT NULL", name="alerts_raised"),
    Index("analysis_run_results_of_organization", "organization_id", "run_id"),
)

current_runs = Table(
    "current_runs",
    metadata,
    _organization(),
    Column("analyzer", Text, nullable=False),
    Column("month", Date, nullable=False),
    Column("run_id", _UUID, nullable=False),
    Column("version", Integer, nullable=False),
    Column("findings", Integer, nullable=False),
    PrimaryKeyConstraint("organization_id", "analyzer", "month"),
    Index("current_runs_of_run", "run_id"),
    comment="which run's findings hold for an analyzer and month; the lake keeps those of others until maintenance",
)

alert_counters = Table(
    "alert_counters",
    metadata,
    Column("organization_id", _UUID, ForeignKey("organizations.id"), primary_key=True),
    Column("last_number", Integer, nullable=False),
)

alerts = Table(
    "alerts",
    metadata,
    Column(
        "organization_id",
        _UUID,
        nullable=False,
        comment="no foreign key, which costs a fifth of raising alerts: numbers come from alert_counters, and that has one",
    ),
    Column("number", Integer, nullable=False),
    Column("id", _UUID, nullable=False, unique=True),
    Column("analyzer", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("severity", SmallInteger, nullable=False, comment="1 LOW, 2 MEDIUM, 3 HIGH: sorts as people rank"),
    Column("status", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("amount", _TOTAL, nullable=False),
    Column("month", Date, nullable=False),
    Column("evidence", JSONB, nullable=False),
    Column("transactions", ARRAY(_UUID), nullable=False),
    Column("analysis_run_id", _UUID),
    Column("ledger_snapshot", BigInteger),
    Column("regressed", Boolean, nullable=False, server_default=text("false")),
    Column("first_seen", _TIME, nullable=False, server_default=_NOW),
    Column("last_seen", _TIME, nullable=False, server_default=_NOW),
    Column("assignee", Text),
    Column("acknowledged_by", Text),
    Column("acknowledged_at", _TIME),
    Column("resolved_by", Text),
    Column("resolved_at", _TIME),
    Column("outcome", Text),
    Column("note", Text),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column(
        "rank_key",
        BigInteger,
        Computed(
            "-(severity * 100000000000000000::bigint + least(trunc(abs(amount) * 100), 99999999999999999)::bigint)",
            persisted=True,
        ),
        nullable=False,
        comment="ascending order of severity, then amount: one index serves list and page",
    ),
    Column(
        "reopened_at", _TIME, comment="when it was opened again; it has been open since then, else since first_seen"
    ),
    Column(
        "content",
        _UUID,
        comment="hash of what the finding said, by which one that says the same is told; null: unknown",
    ),
    PrimaryKeyConstraint("organization_id", "number"),
    UniqueConstraint("organization_id", "fingerprint"),
    CheckConstraint("number > 0", name="number"),
    CheckConstraint("severity BETWEEN 1 AND 3", name="severity"),
    CheckConstraint("status IN ('OPEN', 'ACKNOWLEDGED', 'RESOLVED')", name="status"),
    CheckConstraint("outcome IN ('fixed', 'false_positive', 'accepted', 'no_longer_holds')", name="outcome"),
    CheckConstraint("(status = 'RESOLVED') = (outcome IS NOT NULL)", name="resolved"),
    CheckConstraint("(status = 'RESOLVED') = (resolved_at IS NOT NULL)", name="resolved_at"),
    CheckConstraint("(acknowledged_by IS NULL) = (acknowledged_at IS NULL)", name="acknowledged"),
    CheckConstraint("status <> 'ACKNOWLEDGED' OR acknowledged_at IS NOT NULL", name="acknowledged_at"),
    Index(
        "alerts_open_of_organization",
        "organization_id",
        "rank_key",
        "number",
        postgresql_where=text("status <> 'RESOLVED'"),
    ),
    Index("alerts_of_month", "organization_id", "analyzer", "month"),
)

notified_alerts = Table(
    "notified_alerts",
    metadata,
    Column("destination", Text, nullable=False),
    _organization(),
    Column(
        "numbers", INT4MULTIRANGE, nullable=False, comment="numbers of alerts; half a million in a row are one range"
    ),
    Column("notified_at", _TIME, nullable=False, server_default=_NOW, comment="the last time"),
    PrimaryKeyConstraint("destination", "organization_id"),
    CheckConstraint("destination ~ '^[a-z0-9][a-z0-9-]{0,62}$'", name="destination"),
    comment="which alerts each destination was told of",
)

notified_problems = Table(
    "notified_problems",
    metadata,
    Column("destination", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False, comment="load or analysis, and its id"),
    Column("state", Text, nullable=False, comment="what it was like when it was told; another state is told again"),
    Column("notified_at", _TIME, nullable=False, server_default=_NOW),
    PrimaryKeyConstraint("destination", "kind", "subject"),
    CheckConstraint("destination ~ '^[a-z0-9][a-z0-9-]{0,62}$'", name="destination"),
    CheckConstraint("kind IN ('failed', 'rejected', 'overdue')", name="kind"),
    comment="which problems that still stand each destination was told of",
)

audit_heads = Table(
    "audit_heads",
    metadata,
    Column("chain_id", _UUID, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("hash", Text, nullable=False),
    comment="the end of each chain, moved by trigger; who appends locks its row",
)

audit_events = Table(
    "audit_events",
    metadata,
    Column("chain_id", _UUID, nullable=False, comment="the organization's id, or one of model.audit's chains"),
    Column("seq", BigInteger, nullable=False),
    Column("organization_id", _UUID, ForeignKey("organizations.id")),
    Column("event_type", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("subject_type", Text, nullable=False),
    Column("subject_id", Text, nullable=False),
    Column("created_at", _TIME, nullable=False),
    Column("metadata", JSONB, nullable=False),
    Column("previous_hash", Text, nullable=False),
    Column("hash", Text, nullable=False, unique=True),
    Column("form", SmallInteger, nullable=False, server_default=text("2"), comment="canonical form it is hashed in"),
    Column("form1_subject", Text, comment="the subject as form 1 hashed it"),
    PrimaryKeyConstraint("chain_id", "seq"),
    CheckConstraint("seq > 0", name="seq"),
    CheckConstraint("actor <> ''", name="actor"),
    CheckConstraint("previous_hash ~ '^[0-9a-f]{64}$'", name="previous_hash"),
    CheckConstraint("hash ~ '^[0-9a-f]{64}$'", name="hash"),
    CheckConstraint("form IN (1, 2)", name="form"),
    CheckConstraint("(form = 1) = (form1_subject IS NOT NULL)", name="form1"),
    Index("audit_events_of_subject", "subject_type", "subject_id", "created_at"),
    Index("audit_events_recent", text("created_at DESC"), "chain_id", text("seq DESC")),
    Index("audit_events_of_organization", "organization_id", text("created_at DESC"), "chain_id", text("seq DESC")),
)

audit_verifications = Table(
    "audit_verifications",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("verified_at", _TIME, nullable=False, server_default=_NOW),
    Column("verified_by", Text, nullable=False),
    Column("events", BigInteger, comment="of all chains, if all are whole"),
    Column("chains", Integer, comment="how many are whole, if all are"),
    Column("problem", Text, comment="the first misfit; none: every chain was whole"),
    CheckConstraint("(problem IS NULL) = (events IS NOT NULL)", name="events"),
    CheckConstraint("(problem IS NULL) = (chains IS NOT NULL)", name="chains"),
    comment="each time that the audit chains were walked, and what was found",
)
