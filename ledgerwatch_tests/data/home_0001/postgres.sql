--
-- PostgreSQL database dump
--

\restrict WnCCyQDhFxP8OUSjVbfKdtJ7q2nnORz9qCI8YxNaBWs4fe5DmgR0gBYAmpF5eqb

-- Dumped from database version 18.4
-- Dumped by pg_dump version 18.4

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: ducklake; Type: SCHEMA; Schema: -; Owner: -
--

CREATE SCHEMA ducklake;


--
-- Name: ledgerwatch; Type: SCHEMA; Schema: -; Owner: -
--

CREATE SCHEMA ledgerwatch;


--
-- Name: refuse_change(); Type: FUNCTION; Schema: ledgerwatch; Owner: -
--

CREATE FUNCTION ledgerwatch.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only: % of % is refused', TG_OP, TG_TABLE_NAME;
END
$$;


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: ducklake_column; Type: TABLE; Schema: ducklake; Owner: -
--

CREATE TABLE ducklake.ducklake_column (
    column_id bigint,
    begin_snapshot bigint,
    end_snapshot bigint,
    table_id bigint,
    column_order bigint,
    column_name character varying,
    column_type character varying,
    initial_default character varying,
    default_value character varying,
    nulls_allowed boolean,
    parent_column bigint,
    default_value_type character varying,
    default_value_dialect character varying
);


--
-- Name: ducklake_column_mapping; Type: TABLE; Schema: ducklake; Owner: -
--

CREATE TABLE ducklake.ducklake_column_mapping (
    mapping_id bigint,
    table_id bigint,
    type character varying
);


--
-- Name: ducklake_column_tag; Type: TABLE; Schema: ducklake; Owner: -
--

CREATE TABLE ducklake.ducklake_column_tag (
    table_id bigint,
    column_id bigint,
    begin_snapshot bigint,
    end_snapshot bigint,
    key character varying,
    value character varying
);


--
-- Name: ducklake_data_file; Type: TABLE; Schema: ducklake; Owner: -
--

CREATE TABLE ducklake.ducklake_data_file (
    data_file_id bigint NOT NULL,
    table_id bigint,
    begin_snapshot bigint,
    end_snapshot bigint,
    file_order bigint,
    path character varying,
    path_is_relative boolean,
    file_format character varying,
    record_count bigint,
    file_size_bytes bigint,
    footer_size bigint,
    row_id_start bigint,
    partition_id bigint,
    encryption_key character varying,
    mapping_id bigint,
    partial_max bigint
);


--
-- Name: ducklake_delete_file; Type: TABLE; Schema: ducklake; Owner: -
--

CREATE TABLE ducklake.ducklake_delete_file (
    delete_file_id bigint NOT NULL,
    table_id bigint,
    begin_snapshot bigint,
    end_snapshot bigint,
    data_file_id bigint,
    path character varying,
    path_is_relative boolean,
    format character varying,
    delete_count bigint,
    file_size_bytes bigint,
    footer_size bigint,
    encryption_key character varying,
    partial_max bigint
);


--
-- Name: ducklake_file_column_stats; Type: TABLE; Schema: ducklake; Owner: -
--

CREATE TABLE ducklake.ducklake_file_column_stats (
    data_file_id bigint,
    table_id bigint,
    column_id bigint,
    column_size_bytes bigint,
    value_count bigint,
    null_count bigint,
    min_value character varying,
    max_value character varying,
    contains_nan boolean,
    extra_stats character varying
);


--
-- Name: ducklake_file_partition_value; Type: TABLE; Schema: ducklake; Owner: -
--

CREATE TABLE ducklake.ducklake_file_partition_value (
    data_file_id bigint,
    table_id bigint,
    partition_key_index bigint,
    partition_value character varying
);


--
-- Name: ducklake_file_variant_stats; Type: TABLE; Schema: ducklake; Owner: -
--

CREATE TABLE ducklake.ducklake_file_variant_stats (
    data_file_id bigint,
    table_id bigint,
    column_id bigint,
    variant_path character varying,
    shredded_type character varying,
    column_size_bytes bigint,
    value_count bigint,
    null_count bigint,
    min_value character varying,
    max_value character varying,
    contains_nan boolean,
    extra_stats character varying
);


--
-- Name: ducklake_files_scheduled_for_deletion; Type: TABLE; Schema: ducklake; Owner: -
--

CREATE TABLE ducklake.ducklake_files_scheduled_for_deletion (
    data_file_id bigint,
    path character varying,
    path_is_relative boolean,
    schedule_start timestamp with time zone
);


--
-- Name: ducklake_inlined_data_1_1; Type: TABLE; Schema: ducklake; Owner: -
--

CREATE TABLE ducklake.ducklake_inlined_data_1_1 (
    row_id bigint,
    begin_snapshot bigint,
    end_snapshot bigint,
    analyzer bytea,
    organization_id uuid,
    month character varying,
    fingerprint bytea,
    severity integer,
    subject bytea,
    title bytea,
    message bytea,
    amount numeric(24,2),
    evidence bytea,
    transactions character varying,
    analysis_run_id uuid,
    ledger_snapshot bigint
);


--
-- Name: ducklake_inlined_data_3_1; Type: TABLE; Schema: ducklake; Owner: -
--

CREATE TABLE ducklake.ducklake_inlined_data_3_1 (
    row_id bigint,
    begin_snapshot bigint,
    end_snapshot bigint,
    organization_id uuid,
    month character varying,
    type bytea,
    rows bigint,
    amount numeric(24,2)
);


--
-- Name: ducklake_inlined_data_4_1; Type: TABLE; Schema: ducklake; Owner: -
--

CREATE TABLE ducklake.ducklake_inlined_data_4_1 (
    row_id bigint,
    begin_snapshot bigint,
    end_snapshot bigint,
    load_id uuid,
    organization_id uuid,
    row_number bigint,
    column_name bytea,
    value bytea,
    rule bytea,
    message bytea
);


--
-- Name: ducklake_inlined_data_5_1; Type: TABLE; Schema: ducklake; Owner: -
--

CREATE TABLE ducklake.ducklake_inlined_data_5_1 (
    row_id bigint,
    begin_snapshot bigint,
    end_snapshot bigint,
    load_id uuid,
    organization_id uuid,
    row_number bigint,
    column_name bytea,
    value bytea,
    rule bytea,
    message bytea
);


--
-- Name: ducklake_inlined_data_6_1; Type: TABLE; Schema: ducklake; Owner: -
--

CREATE TABLE ducklake.ducklake_inlined_data_6_1 (
    row_id bigint,
    begin_snapshot bigint,
    end_snapshot bigint,
    load_id uuid,
    organization_id uuid,
    month character varying,
    type bytea,
    rows bigint,
    amount numeric(24,2)
);


--
-- Name: ducklake_inlined_data_7_1; Type: TABLE; Schema: ducklake; Owner: -
--

CREATE TABLE ducklake.ducklake_inlined_data_7_1 (
    row_id bigint,
    begin_snapshot bigint,
    end_snapshot bigint,
    organization_id uuid,
    load_id uuid,
    row_number bigint,
    month character varying,
    date character varying,
    vendor bytea,
    vendor_key bytea,
    amount numeric(14,2),
    type bytea,
    category bytea,
    description bytea,
    currency bytea,
    external_id bytea,
    account bytea
);


--
-- Name: ducklake_inlined_data_tables; Type: TABLE; Schema: ducklake; Owner: -
--

CREATE TABLE ducklake.ducklake_inlined_data_tables (
    table_id bigint,
    table_name character varying,
    schema_version bigint
);


--
-- Name: ducklake_macro; Type: TABLE; Schema: ducklake; Owner: -
--

CREATE TABLE ducklake.ducklake_macro (
    schema_id bigint,
    macro_id bigint,
    macro_name character varying,
    begin_snapshot bigint,
    end_snapshot bigint
);


--
-- Name: ducklake_macro_impl; Type: TABLE; Schema: ducklake; Owner: -
--

CREATE TABLE ducklake.ducklake_macro_impl (
    macro_id bigint,
    impl_id bigint,
    dialect character varying,
    sql character varying,
    type character varying
);


--
-- Name: ducklake_macro_parameters; Type: TABLE; Schema: ducklake; Owner: -
--

CREATE TABLE ducklake.ducklake_macro_parameters (
    macro_id bigint,
    impl_id bigint,
    column_id bigint,
    parameter_name character varying,
    parameter_type character varying,
    default_value character varying,
    default_value_type character varying
);


--
-- Name: ducklake_metadata; Type: TABLE; Schema: ducklake; Owner: -
--

CREATE TABLE ducklake.ducklake_metadata (
    key character varying NOT NULL,
    value character varying NOT NULL,
    scope character varying,
    scope_id bigint
);


--
-- Name: ducklake_name_mapping; Type: TABLE; Schema: ducklake; Owner: -
--

CREATE TABLE ducklake.ducklake_name_mapping (
    mapping_id bigint,
    column_id bigint,
    source_name character varying,
    target_field_id bigint,
    parent_column bigint,
    is_partition boolean
);


--
-- Name: ducklake_partition_column; Type: TABLE; Schema: ducklake; Owner: -
--

CREATE TABLE ducklake.ducklake_partition_column (
    partition_id bigint,
    table_id bigint,
    partition_key_index bigint,
    column_id bigint,
    transform character varying
);


--
-- Name: ducklake_partition_info; Type: TABLE; Schema: ducklake; Owner: -
--

CREATE TABLE ducklake.ducklake_partition_info (
    partition_id bigint,
    table_id bigint,
    begin_snapshot bigint,
    end_snapshot bigint
);


--
-- Name: ducklake_schema; Type: TABLE; Schema: ducklake; Owner: -
--

CREATE TABLE ducklake.ducklake_schema (
    schema_id bigint NOT NULL,
    schema_uuid uuid,
    begin_snapshot bigint,
    end_snapshot bigint,
    schema_name character varying,
    path character varying,
    path_is_relative boolean
);


--
-- Name: ducklake_schema_versions; Type: TABLE; Schema: ducklake; Owner: -
--

CREATE TABLE ducklake.ducklake_schema_versions (
    begin_snapshot bigint,
    schema_version bigint,
    table_id bigint
);


--
-- Name: ducklake_snapshot; Type: TABLE; Schema: ducklake; Owner: -
--

CREATE TABLE ducklake.ducklake_snapshot (
    snapshot_id bigint NOT NULL,
    snapshot_time timestamp with time zone,
    schema_version bigint,
    next_catalog_id bigint,
    next_file_id bigint
);


--
-- Name: ducklake_snapshot_changes; Type: TABLE; Schema: ducklake; Owner: -
--

CREATE TABLE ducklake.ducklake_snapshot_changes (
    snapshot_id bigint NOT NULL,
    changes_made character varying,
    author character varying,
    commit_message character varying,
    commit_extra_info character varying
);


--
-- Name: ducklake_sort_expression; Type: TABLE; Schema: ducklake; Owner: -
--

CREATE TABLE ducklake.ducklake_sort_expression (
    sort_id bigint,
    table_id bigint,
    sort_key_index bigint,
    expression character varying,
    dialect character varying,
    sort_direction character varying,
    null_order character varying
);


--
-- Name: ducklake_sort_info; Type: TABLE; Schema: ducklake; Owner: -
--

CREATE TABLE ducklake.ducklake_sort_info (
    sort_id bigint,
    table_id bigint,
    begin_snapshot bigint,
    end_snapshot bigint
);


--
-- Name: ducklake_table; Type: TABLE; Schema: ducklake; Owner: -
--

CREATE TABLE ducklake.ducklake_table (
    table_id bigint,
    table_uuid uuid,
    begin_snapshot bigint,
    end_snapshot bigint,
    schema_id bigint,
    table_name character varying,
    path character varying,
    path_is_relative boolean
);


--
-- Name: ducklake_table_column_stats; Type: TABLE; Schema: ducklake; Owner: -
--

CREATE TABLE ducklake.ducklake_table_column_stats (
    table_id bigint,
    column_id bigint,
    contains_null boolean,
    contains_nan boolean,
    min_value character varying,
    max_value character varying,
    extra_stats character varying
);


--
-- Name: ducklake_table_stats; Type: TABLE; Schema: ducklake; Owner: -
--

CREATE TABLE ducklake.ducklake_table_stats (
    table_id bigint,
    record_count bigint,
    next_row_id bigint,
    file_size_bytes bigint
);


--
-- Name: ducklake_tag; Type: TABLE; Schema: ducklake; Owner: -
--

CREATE TABLE ducklake.ducklake_tag (
    object_id bigint,
    begin_snapshot bigint,
    end_snapshot bigint,
    key character varying,
    value character varying
);


--
-- Name: ducklake_view; Type: TABLE; Schema: ducklake; Owner: -
--

CREATE TABLE ducklake.ducklake_view (
    view_id bigint,
    view_uuid uuid,
    begin_snapshot bigint,
    end_snapshot bigint,
    schema_id bigint,
    view_name character varying,
    dialect character varying,
    sql character varying,
    column_aliases character varying
);


--
-- Name: alembic_version; Type: TABLE; Schema: ledgerwatch; Owner: -
--

CREATE TABLE ledgerwatch.alembic_version (
    version_num character varying(32) NOT NULL
);


--
-- Name: alerts; Type: TABLE; Schema: ledgerwatch; Owner: -
--

CREATE TABLE ledgerwatch.alerts (
    id uuid NOT NULL,
    number bigint NOT NULL,
    organization_id uuid NOT NULL,
    analyzer text NOT NULL,
    fingerprint text NOT NULL,
    severity smallint NOT NULL,
    status text NOT NULL,
    title text NOT NULL,
    message text NOT NULL,
    subject text NOT NULL,
    amount numeric(24,2) NOT NULL,
    month date NOT NULL,
    evidence jsonb NOT NULL,
    transactions uuid[] NOT NULL,
    analysis_run_id uuid,
    ledger_snapshot bigint,
    regressed boolean DEFAULT false NOT NULL,
    first_seen timestamp with time zone DEFAULT now() NOT NULL,
    last_seen timestamp with time zone DEFAULT now() NOT NULL,
    assignee text,
    acknowledged_by text,
    acknowledged_at timestamp with time zone,
    resolved_by text,
    resolved_at timestamp with time zone,
    outcome text,
    note text,
    version integer DEFAULT 1 NOT NULL,
    CONSTRAINT alerts_check CHECK (((status = 'RESOLVED'::text) = (outcome IS NOT NULL))),
    CONSTRAINT alerts_check1 CHECK (((status = 'RESOLVED'::text) = (resolved_at IS NOT NULL))),
    CONSTRAINT alerts_check2 CHECK (((acknowledged_by IS NULL) = (acknowledged_at IS NULL))),
    CONSTRAINT alerts_check3 CHECK (((status <> 'ACKNOWLEDGED'::text) OR (acknowledged_at IS NOT NULL))),
    CONSTRAINT alerts_number_check CHECK ((number > 0)),
    CONSTRAINT alerts_outcome_check CHECK ((outcome = ANY (ARRAY['fixed'::text, 'false_positive'::text, 'accepted'::text, 'no_longer_holds'::text]))),
    CONSTRAINT alerts_severity_check CHECK (((severity >= 1) AND (severity <= 3))),
    CONSTRAINT alerts_status_check CHECK ((status = ANY (ARRAY['OPEN'::text, 'ACKNOWLEDGED'::text, 'RESOLVED'::text])))
);


--
-- Name: analysis_runs; Type: TABLE; Schema: ledgerwatch; Owner: -
--

CREATE TABLE ledgerwatch.analysis_runs (
    id uuid NOT NULL,
    analyzer text NOT NULL,
    version integer NOT NULL,
    first_month date NOT NULL,
    last_month date NOT NULL,
    organizations text[],
    parameters jsonb NOT NULL,
    status text NOT NULL,
    dagster_run_id text,
    ledger_snapshot bigint,
    findings bigint,
    alerts_raised bigint,
    not_enough_data jsonb,
    error text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    CONSTRAINT analysis_runs_check CHECK ((last_month >= first_month)),
    CONSTRAINT analysis_runs_check1 CHECK (((status = 'SUCCEEDED'::text) = (findings IS NOT NULL))),
    CONSTRAINT analysis_runs_check2 CHECK (((status = 'SUCCEEDED'::text) = (not_enough_data IS NOT NULL))),
    CONSTRAINT analysis_runs_check3 CHECK (((status = 'FAILED'::text) = (error IS NOT NULL))),
    CONSTRAINT analysis_runs_check4 CHECK (((alerts_raised IS NULL) OR (status = 'SUCCEEDED'::text))),
    CONSTRAINT analysis_runs_check5 CHECK (((status = ANY (ARRAY['SUCCEEDED'::text, 'FAILED'::text])) = (finished_at IS NOT NULL))),
    CONSTRAINT analysis_runs_status_check CHECK ((status = ANY (ARRAY['PENDING'::text, 'RUNNING'::text, 'SUCCEEDED'::text, 'FAILED'::text])))
);


--
-- Name: analyzer_parameters; Type: TABLE; Schema: ledgerwatch; Owner: -
--

CREATE TABLE ledgerwatch.analyzer_parameters (
    organization_id uuid NOT NULL,
    analyzer text NOT NULL,
    parameters jsonb NOT NULL
);


--
-- Name: audit_events; Type: TABLE; Schema: ledgerwatch; Owner: -
--

CREATE TABLE ledgerwatch.audit_events (
    seq bigint NOT NULL,
    event_type text NOT NULL,
    actor text NOT NULL,
    organization text,
    subject text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    metadata jsonb NOT NULL,
    previous_hash text NOT NULL,
    hash text NOT NULL,
    CONSTRAINT audit_events_actor_check CHECK ((actor <> ''::text)),
    CONSTRAINT audit_events_hash_check CHECK ((hash ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT audit_events_previous_hash_check CHECK ((previous_hash ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT audit_events_seq_check CHECK ((seq > 0))
);


--
-- Name: loads; Type: TABLE; Schema: ledgerwatch; Owner: -
--

CREATE TABLE ledgerwatch.loads (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    sha256 text NOT NULL,
    file text NOT NULL,
    bytes bigint NOT NULL,
    status text NOT NULL,
    on_invalid text NOT NULL,
    profile jsonb,
    worker bigint,
    received_at timestamp with time zone DEFAULT now() NOT NULL,
    finished_at timestamp with time zone,
    rows bigint,
    accepted bigint,
    rejected bigint,
    skipped bigint,
    blank bigint,
    expense numeric(24,2),
    income numeric(24,2),
    refund numeric(24,2),
    months date[],
    rules jsonb,
    reason text,
    CONSTRAINT loads_bytes_check CHECK ((bytes >= 0)),
    CONSTRAINT loads_check CHECK (((status = 'RECEIVED'::text) = (finished_at IS NULL))),
    CONSTRAINT loads_check1 CHECK (((status <> 'ACCEPTED'::text) OR (rows = (((accepted + rejected) + skipped) + blank)))),
    CONSTRAINT loads_check2 CHECK (((status <> 'REJECTED'::text) OR (reason IS NOT NULL))),
    CONSTRAINT loads_on_invalid_check CHECK ((on_invalid = ANY (ARRAY['reject'::text, 'quarantine'::text]))),
    CONSTRAINT loads_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT loads_status_check CHECK ((status = ANY (ARRAY['RECEIVED'::text, 'ACCEPTED'::text, 'REJECTED'::text])))
);


--
-- Name: months_due; Type: TABLE; Schema: ledgerwatch; Owner: -
--

CREATE TABLE ledgerwatch.months_due (
    seq bigint NOT NULL,
    organization_id uuid NOT NULL,
    month date NOT NULL,
    CONSTRAINT months_due_month_check CHECK ((EXTRACT(day FROM month) = (1)::numeric))
);


--
-- Name: months_due_seq_seq; Type: SEQUENCE; Schema: ledgerwatch; Owner: -
--

ALTER TABLE ledgerwatch.months_due ALTER COLUMN seq ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME ledgerwatch.months_due_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: organizations; Type: TABLE; Schema: ledgerwatch; Owner: -
--

CREATE TABLE ledgerwatch.organizations (
    id uuid NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    currency text NOT NULL,
    opening_balance numeric(18,2),
    opening_date date,
    revenue_categories text[] NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT organizations_check CHECK (((opening_balance IS NULL) = (opening_date IS NULL))),
    CONSTRAINT organizations_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT organizations_name_check CHECK (((length(name) >= 1) AND (length(name) <= 255))),
    CONSTRAINT organizations_slug_check CHECK ((slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'::text))
);


--
-- Data for Name: ducklake_column; Type: TABLE DATA; Schema: ducklake; Owner: -
--

INSERT INTO ducklake.ducklake_column VALUES
	(1, 1, NULL, 1, 1, 'analyzer', 'varchar', NULL, 'NULL', false, NULL, 'literal', 'duckdb'),
	(2, 1, NULL, 1, 2, 'organization_id', 'uuid', NULL, 'NULL', false, NULL, 'literal', 'duckdb'),
	(3, 1, NULL, 1, 3, 'month', 'date', NULL, 'NULL', false, NULL, 'literal', 'duckdb'),
	(4, 1, NULL, 1, 4, 'fingerprint', 'varchar', NULL, 'NULL', false, NULL, 'literal', 'duckdb'),
	(5, 1, NULL, 1, 5, 'severity', 'uint8', NULL, 'NULL', false, NULL, 'literal', 'duckdb'),
	(6, 1, NULL, 1, 6, 'subject', 'varchar', NULL, 'NULL', false, NULL, 'literal', 'duckdb'),
	(7, 1, NULL, 1, 7, 'title', 'varchar', NULL, 'NULL', false, NULL, 'literal', 'duckdb'),
	(8, 1, NULL, 1, 8, 'message', 'varchar', NULL, 'NULL', false, NULL, 'literal', 'duckdb'),
	(9, 1, NULL, 1, 9, 'amount', 'decimal(24,2)', NULL, 'NULL', false, NULL, 'literal', 'duckdb'),
	(10, 1, NULL, 1, 10, 'evidence', 'varchar', NULL, 'NULL', false, NULL, 'literal', 'duckdb'),
	(11, 1, NULL, 1, 11, 'transactions', 'list', NULL, 'NULL', false, NULL, '', 'duckdb'),
	(12, 1, NULL, 1, 12, 'element', 'uuid', NULL, 'NULL', true, 11, 'literal', 'duckdb'),
	(13, 1, NULL, 1, 13, 'analysis_run_id', 'uuid', NULL, 'NULL', false, NULL, 'literal', 'duckdb'),
	(14, 1, NULL, 1, 14, 'ledger_snapshot', 'int64', NULL, 'NULL', false, NULL, 'literal', 'duckdb'),
	(1, 1, NULL, 3, 1, 'organization_id', 'uuid', NULL, 'NULL', false, NULL, 'literal', 'duckdb'),
	(2, 1, NULL, 3, 2, 'month', 'date', NULL, 'NULL', false, NULL, 'literal', 'duckdb'),
	(3, 1, NULL, 3, 3, 'type', 'varchar', NULL, 'NULL', false, NULL, 'literal', 'duckdb'),
	(4, 1, NULL, 3, 4, 'rows', 'int64', NULL, 'NULL', false, NULL, 'literal', 'duckdb'),
	(5, 1, NULL, 3, 5, 'amount', 'decimal(24,2)', NULL, 'NULL', false, NULL, 'literal', 'duckdb'),
	(1, 1, NULL, 4, 1, 'load_id', 'uuid', NULL, 'NULL', false, NULL, 'literal', 'duckdb'),
	(2, 1, NULL, 4, 2, 'organization_id', 'uuid', NULL, 'NULL', false, NULL, 'literal', 'duckdb'),
	(3, 1, NULL, 4, 3, 'row_number', 'uint32', NULL, 'NULL', false, NULL, 'literal', 'duckdb'),
	(4, 1, NULL, 4, 4, 'column_name', 'varchar', NULL, 'NULL', false, NULL, 'literal', 'duckdb'),
	(5, 1, NULL, 4, 5, 'value', 'varchar', NULL, 'NULL', true, NULL, 'literal', 'duckdb'),
	(6, 1, NULL, 4, 6, 'rule', 'varchar', NULL, 'NULL', false, NULL, 'literal', 'duckdb'),
	(7, 1, NULL, 4, 7, 'message', 'varchar', NULL, 'NULL', false, NULL, 'literal', 'duckdb'),
	(1, 1, NULL, 5, 1, 'load_id', 'uuid', NULL, 'NULL', false, NULL, 'literal', 'duckdb'),
	(2, 1, NULL, 5, 2, 'organization_id', 'uuid', NULL, 'NULL', false, NULL, 'literal', 'duckdb'),
	(3, 1, NULL, 5, 3, 'row_number', 'uint32', NULL, 'NULL', false, NULL, 'literal', 'duckdb'),
	(4, 1, NULL, 5, 4, 'column_name', 'varchar', NULL, 'NULL', false, NULL, 'literal', 'duckdb'),
	(5, 1, NULL, 5, 5, 'value', 'varchar', NULL, 'NULL', true, NULL, 'literal', 'duckdb'),
	(6, 1, NULL, 5, 6, 'rule', 'varchar', NULL, 'NULL', false, NULL, 'literal', 'duckdb'),
	(7, 1, NULL, 5, 7, 'message', 'varchar', NULL, 'NULL', false, NULL, 'literal', 'duckdb'),
	(1, 1, NULL, 6, 1, 'load_id', 'uuid', NULL, 'NULL', false, NULL, 'literal', 'duckdb'),
	(2, 1, NULL, 6, 2, 'organization_id', 'uuid', NULL, 'NULL', false, NULL, 'literal', 'duckdb'),
	(3, 1, NULL, 6, 3, 'month', 'date', NULL, 'NULL', false, NULL, 'literal', 'duckdb'),
	(4, 1, NULL, 6, 4, 'type', 'varchar', NULL, 'NULL', false, NULL, 'literal', 'duckdb'),
	(5, 1, NULL, 6, 5, 'rows', 'int64', NULL, 'NULL', false, NULL, 'literal', 'duckdb'),
	(6, 1, NULL, 6, 6, 'amount', 'decimal(24,2)', NULL, 'NULL', false, NULL, 'literal', 'duckdb'),
	(1, 1, NULL, 7, 1, 'organization_id', 'uuid', NULL, 'NULL', false, NULL, 'literal', 'duckdb'),
	(2, 1, NULL, 7, 2, 'load_id', 'uuid', NULL, 'NULL', false, NULL, 'literal', 'duckdb'),
	(3, 1, NULL, 7, 3, 'row_number', 'uint32', NULL, 'NULL', false, NULL, 'literal', 'duckdb'),
	(4, 1, NULL, 7, 4, 'month', 'date', NULL, 'NULL', false, NULL, 'literal', 'duckdb'),
	(5, 1, NULL, 7, 5, 'date', 'date', NULL, 'NULL', false, NULL, 'literal', 'duckdb'),
	(6, 1, NULL, 7, 6, 'vendor', 'varchar', NULL, 'NULL', false, NULL, 'literal', 'duckdb'),
	(7, 1, NULL, 7, 7, 'vendor_key', 'varchar', NULL, 'NULL', false, NULL, 'literal', 'duckdb'),
	(8, 1, NULL, 7, 8, 'amount', 'decimal(14,2)', NULL, 'NULL', false, NULL, 'literal', 'duckdb'),
	(9, 1, NULL, 7, 9, 'type', 'varchar', NULL, 'NULL', false, NULL, 'literal', 'duckdb'),
	(10, 1, NULL, 7, 10, 'category', 'varchar', NULL, 'NULL', true, NULL, 'literal', 'duckdb'),
	(11, 1, NULL, 7, 11, 'description', 'varchar', NULL, 'NULL', true, NULL, 'literal', 'duckdb');
INSERT INTO ducklake.ducklake_column VALUES
	(12, 1, NULL, 7, 12, 'currency', 'varchar', NULL, 'NULL', false, NULL, 'literal', 'duckdb'),
	(13, 1, NULL, 7, 13, 'external_id', 'varchar', NULL, 'NULL', true, NULL, 'literal', 'duckdb'),
	(14, 1, NULL, 7, 14, 'account', 'varchar', NULL, 'NULL', true, NULL, 'literal', 'duckdb');


--
-- Data for Name: ducklake_column_mapping; Type: TABLE DATA; Schema: ducklake; Owner: -
--



--
-- Data for Name: ducklake_column_tag; Type: TABLE DATA; Schema: ducklake; Owner: -
--



--
-- Data for Name: ducklake_data_file; Type: TABLE DATA; Schema: ducklake; Owner: -
--

INSERT INTO ducklake.ducklake_data_file VALUES
	(1, 7, 2, NULL, NULL, 'month=2025-01-01/ducklake-01a20dab-686f-7b40-aa4c-a48c04b63fd6.parquet', true, 'parquet', 13, 3447, 1570, 0, 8, NULL, NULL, NULL),
	(2, 7, 2, NULL, NULL, 'month=2025-02-01/ducklake-01a20dab-686f-73a6-89b7-bccd0fc143ff.parquet', true, 'parquet', 14, 3495, 1590, 13, 8, NULL, NULL, NULL),
	(3, 7, 2, NULL, NULL, 'month=2025-03-01/ducklake-01a20dab-686f-79e0-a30b-3af2d0b2bc96.parquet', true, 'parquet', 12, 3366, 1588, 27, 8, NULL, NULL, NULL);


--
-- Data for Name: ducklake_delete_file; Type: TABLE DATA; Schema: ducklake; Owner: -
--



--
-- Data for Name: ducklake_file_column_stats; Type: TABLE DATA; Schema: ducklake; Owner: -
--

INSERT INTO ducklake.ducklake_file_column_stats VALUES
	(1, 7, 1, 59, 13, 0, '218edc53-28e6-4dd8-839b-dde2cff1d631', '218edc53-28e6-4dd8-839b-dde2cff1d631', NULL, NULL),
	(1, 7, 2, 59, 13, 0, 'e0032835-27c6-857c-9e7a-5a2400000000', 'e0032835-27c6-857c-9e7a-5a2400000000', NULL, NULL),
	(1, 7, 3, 76, 13, 0, '2', '14', NULL, NULL),
	(1, 7, 4, 47, 13, 0, '2025-01-01', '2025-01-01', NULL, NULL),
	(1, 7, 5, 77, 13, 0, '2025-01-02', '2025-01-29', NULL, NULL),
	(1, 7, 6, 301, 13, 0, 'Brightwater Print', 'Tramway Couriers', NULL, NULL),
	(1, 7, 7, 301, 13, 0, 'brightwater print', 'tramway couriers', NULL, NULL),
	(1, 7, 8, 106, 13, 0, '38.90', '4350.00', NULL, NULL),
	(1, 7, 9, 72, 13, 0, 'expense', 'income', NULL, NULL),
	(1, 7, 10, 158, 13, 0, 'Catering', 'Utilities', NULL, NULL),
	(1, 7, 11, 274, 13, 0, 'Bookkeeping January', 'Toner and paper', NULL, NULL),
	(1, 7, 12, 50, 13, 0, 'USD', 'USD', NULL, NULL),
	(1, 7, 13, 25, 0, 13, NULL, NULL, NULL, NULL),
	(1, 7, 14, 25, 0, 13, NULL, NULL, NULL, NULL),
	(2, 7, 1, 59, 14, 0, '218edc53-28e6-4dd8-839b-dde2cff1d631', '218edc53-28e6-4dd8-839b-dde2cff1d631', NULL, NULL),
	(2, 7, 2, 59, 14, 0, 'e0032835-27c6-857c-9e7a-5a2400000000', 'e0032835-27c6-857c-9e7a-5a2400000000', NULL, NULL),
	(2, 7, 3, 83, 14, 0, '15', '28', NULL, NULL),
	(2, 7, 4, 47, 14, 0, '2025-02-01', '2025-02-01', NULL, NULL),
	(2, 7, 5, 83, 14, 0, '2025-02-03', '2025-02-27', NULL, NULL),
	(2, 7, 6, 309, 14, 0, 'BRIGHTWATER PRINT', 'Tramway Couriers', NULL, NULL),
	(2, 7, 7, 295, 14, 0, 'brightwater print', 'tramway couriers', NULL, NULL),
	(2, 7, 8, 109, 14, 0, '41.20', '18450.00', NULL, NULL),
	(2, 7, 9, 72, 14, 0, 'expense', 'income', NULL, NULL),
	(2, 7, 10, 159, 14, 0, 'Catering', 'Utilities', NULL, NULL),
	(2, 7, 11, 283, 14, 0, 'Bookkeeping February', 'Servers and mail January', NULL, NULL),
	(2, 7, 12, 50, 14, 0, 'USD', 'USD', NULL, NULL),
	(2, 7, 13, 25, 0, 14, NULL, NULL, NULL, NULL),
	(2, 7, 14, 25, 0, 14, NULL, NULL, NULL, NULL),
	(3, 7, 1, 59, 12, 0, '218edc53-28e6-4dd8-839b-dde2cff1d631', '218edc53-28e6-4dd8-839b-dde2cff1d631', NULL, NULL),
	(3, 7, 2, 59, 12, 0, 'e0032835-27c6-857c-9e7a-5a2400000000', 'e0032835-27c6-857c-9e7a-5a2400000000', NULL, NULL),
	(3, 7, 3, 73, 12, 0, '29', '40', NULL, NULL),
	(3, 7, 4, 47, 12, 0, '2025-03-01', '2025-03-01', NULL, NULL),
	(3, 7, 5, 73, 12, 0, '2025-03-03', '2025-03-27', NULL, NULL),
	(3, 7, 6, 285, 12, 0, 'Brightwater Print', 'Tramway Couriers', NULL, NULL),
	(3, 7, 7, 285, 12, 0, 'brightwater print', 'tramway couriers', NULL, NULL),
	(3, 7, 8, 103, 12, 0, '35.60', '4350.00', NULL, NULL),
	(3, 7, 9, 71, 12, 0, 'expense', 'income', NULL, NULL),
	(3, 7, 10, 146, 12, 0, 'Insurance', 'Utilities', NULL, NULL),
	(3, 7, 11, 230, 12, 0, 'Bookkeeping March', 'Servers and mail February', NULL, NULL),
	(3, 7, 12, 50, 12, 0, 'USD', 'USD', NULL, NULL),
	(3, 7, 13, 25, 0, 12, NULL, NULL, NULL, NULL),
	(3, 7, 14, 25, 0, 12, NULL, NULL, NULL, NULL);


--
-- Data for Name: ducklake_file_partition_value; Type: TABLE DATA; Schema: ducklake; Owner: -
--

INSERT INTO ducklake.ducklake_file_partition_value VALUES
	(1, 7, 0, '2025-01-01'),
	(2, 7, 0, '2025-02-01'),
	(3, 7, 0, '2025-03-01');


--
-- Data for Name: ducklake_file_variant_stats; Type: TABLE DATA; Schema: ducklake; Owner: -
--



--
-- Data for Name: ducklake_files_scheduled_for_deletion; Type: TABLE DATA; Schema: ducklake; Owner: -
--



--
-- Data for Name: ducklake_inlined_data_1_1; Type: TABLE DATA; Schema: ducklake; Owner: -
--

INSERT INTO ducklake.ducklake_inlined_data_1_1 VALUES
	(0, 4, NULL, '\x6c617267655f7472616e73616374696f6e', '218edc53-28e6-4dd8-839b-dde2cff1d631', '2025-02-01', '\x39353966666430623337613733636132643433663232366261343762346431636332376536306432633437323935316365336462303063656134393633356533', 3, '\x4e6f7274686c696e6520496e746572696f7273', '\x4c61726765207472616e73616374696f6e3a204e6f7274686c696e6520496e746572696f72732c2031382c3435302e3030', '\x31382c3435302e30302077697468204e6f7274686c696e6520496e746572696f7273206f6e20323032352d30322d31383b20746865206c696d69742069732031302c3030302e30302c20746865206d65616e206f662074686520626173656c696e6520312c3838392e31322e', 18450.00, '\x7b2276656e646f72223a224e6f7274686c696e6520496e746572696f7273222c22616d6f756e74223a2231383435302e3030222c2264617465223a22323032352d30322d3138222c226d65616e223a22313838392e3132222c226c696d6974223a2231303030302e3030227d', '[e0032835-27c6-857c-9e7a-5a2400000018]', '07d52e3b-717b-4aee-870b-0dccce647908', 3),
	(1, 5, NULL, '\x6475706c6963617465', '218edc53-28e6-4dd8-839b-dde2cff1d631', '2025-02-01', '\x32346165323635306635643833333339306162646138393765366164313732393132373366373963326435343139313934336439613836636266663166613534', 1, '\x4272696768747761746572205072696e74', '\x3220657175616c207061796d656e74733a204272696768747761746572205072696e742c203634302e30302065616368', '\x32207061796d656e74732028657870656e736529206f66203634302e30302077697468204272696768747761746572205072696e742c20323032352d30322d313120746f20323032352d30322d31323b203020726566756e6465643b203634302e3030206174207374616b652e', 640.00, '\x7b2276656e646f72223a224272696768747761746572205072696e74222c22616d6f756e74223a223634302e3030222c2274797065223a22657870656e7365222c226461746573223a5b22323032352d30322d3131222c22323032352d30322d3132225d2c22636f756e74223a322c22726566756e6473223a307d', '[e0032835-27c6-857c-9e7a-5a2400000013, e0032835-27c6-857c-9e7a-5a2400000014]', 'eceda277-f90f-43aa-af81-5154583c5d7a', 4),
	(8, 17, NULL, '\x6c617267655f7472616e73616374696f6e', '7b20f650-e2b7-4aa1-a6e6-d7e1babea91e', '2025-01-01', '\x34643234653437653136633532376165323464336465623061633434626334333135626633663864383964363231333338643934663933653330636438346235', 3, '\x47726fc39f68616e64656c', '\x4c61726765207472616e73616374696f6e3a2047726fc39f68616e64656c2c2032352c3030302e3535', '\x32352c3030302e353520776974682047726fc39f68616e64656c206f6e20323032352d30312d31303b20746865206c696d69742069732032302c3030302e30302c20746865206d65616e206f662074686520626173656c696e6520342c3336382e37362e', 25000.55, '\x7b2276656e646f72223a2247726fc39f68616e64656c222c22616d6f756e74223a2232353030302e3535222c2264617465223a22323032352d30312d3130222c226d65616e223a22343336382e3736222c226c696d6974223a2232303030302e3030227d', '[bae3cea2-5020-8b79-99f9-844800000005]', '9d9aaf8e-a845-4f98-b0c1-bf31602eeb64', 16),
	(2, 8, 17, '\x6c617267655f7472616e73616374696f6e', '7b20f650-e2b7-4aa1-a6e6-d7e1babea91e', '2025-01-01', '\x34643234653437653136633532376165323464336465623061633434626334333135626633663864383964363231333338643934663933653330636438346235', 3, '\x47726fc39f68616e64656c', '\x4c61726765207472616e73616374696f6e3a2047726fc39f68616e64656c2c2032352c3030302e3535', '\x32352c3030302e353520776974682047726fc39f68616e64656c206f6e20323032352d30312d31303b20746865206c696d69742069732031302c3030302e30302c20746865206d65616e206f662074686520626173656c696e6520342c3336382e37362e', 25000.55, '\x7b2276656e646f72223a2247726fc39f68616e64656c222c22616d6f756e74223a2232353030302e3535222c2264617465223a22323032352d30312d3130222c226d65616e223a22343336382e3736222c226c696d6974223a2231303030302e3030227d', '[bae3cea2-5020-8b79-99f9-844800000005]', 'f016ce7b-1eda-4e31-9921-ecdf73849dfe', 7),
	(9, 18, NULL, '\x6475706c6963617465', '7b20f650-e2b7-4aa1-a6e6-d7e1babea91e', '2024-12-01', '\x64376465346233613430653035653536636133633037373438363537653239663763393162376161326538343462616233396138613337366264373931353365', 1, '\x4275696c646572', '\x3220657175616c207061796d656e74733a204275696c6465722c203130302e30302065616368', '\x32207061796d656e74732028657870656e736529206f66203130302e30302077697468204275696c6465722c20323032342d31322d333020746f20323032342d31322d33313b203020726566756e6465643b203130302e3030206174207374616b652e', 100.00, '\x7b2276656e646f72223a224275696c646572222c22616d6f756e74223a223130302e3030222c2274797065223a22657870656e7365222c226461746573223a5b22323032342d31322d3330222c22323032342d31322d3331225d2c22636f756e74223a322c22726566756e6473223a307d', '[bae3cea2-5020-8b79-99f9-844800000002, bae3cea2-5020-8b79-99f9-844800000003]', 'd8f15f4c-23d9-402b-bd48-d3ecc35f8085', 17),
	(10, 18, NULL, '\x6475706c6963617465', '7b20f650-e2b7-4aa1-a6e6-d7e1babea91e', '2025-01-01', '\x64376465346233613430653035653536636133633037373438363537653239663763393162376161326538343462616233396138613337366264373931353365', 1, '\x4275696c646572', '\x3320657175616c207061796d656e74733a204275696c6465722c203130302e30302065616368', '\x33207061796d656e74732028657870656e736529206f66203130302e30302077697468204275696c6465722c20323032342d31322d333020746f20323032352d30312d30323b203020726566756e6465643b203230302e3030206174207374616b652e', 200.00, '\x7b2276656e646f72223a224275696c646572222c22616d6f756e74223a223130302e3030222c2274797065223a22657870656e7365222c226461746573223a5b22323032342d31322d3330222c22323032342d31322d3331222c22323032352d30312d3032225d2c22636f756e74223a332c22726566756e6473223a307d', '[bae3cea2-5020-8b79-99f9-844800000002, bae3cea2-5020-8b79-99f9-844800000003, bae3cea2-5020-8b79-99f9-844800000004]', 'd8f15f4c-23d9-402b-bd48-d3ecc35f8085', 17),
	(11, 18, NULL, '\x6475706c6963617465', '7b20f650-e2b7-4aa1-a6e6-d7e1babea91e', '2025-02-01', '\x32633266633234666662386630346437353665653166653438626231613366383932373262376633656536666361643230316163646637363430316466613062', 1, '\x5072696e74', '\x3320657175616c207061796d656e74733a205072696e742c2034302e31302065616368', '\x33207061796d656e74732028657870656e736529206f662034302e31302077697468205072696e742c20323032352d30322d303120746f20323032352d30322d30333b203020726566756e6465643b2038302e3230206174207374616b652e', 80.20, '\x7b2276656e646f72223a225072696e74222c22616d6f756e74223a2234302e3130222c2274797065223a22657870656e7365222c226461746573223a5b22323032352d30322d3031222c22323032352d30322d3032222c22323032352d30322d3033225d2c22636f756e74223a332c22726566756e6473223a307d', '[bae3cea2-5020-8b79-99f9-844800000008, bae3cea2-5020-8b79-99f9-844800000009, bae3cea2-5020-8b79-99f9-84480000000a]', 'd8f15f4c-23d9-402b-bd48-d3ecc35f8085', 17),
	(3, 9, 18, '\x6475706c6963617465', '7b20f650-e2b7-4aa1-a6e6-d7e1babea91e', '2024-12-01', '\x64376465346233613430653035653536636133633037373438363537653239663763393162376161326538343462616233396138613337366264373931353365', 1, '\x4275696c646572', '\x3220657175616c207061796d656e74733a204275696c6465722c203130302e30302065616368', '\x32207061796d656e74732028657870656e736529206f66203130302e30302077697468204275696c6465722c20323032342d31322d333020746f20323032342d31322d33313b203020726566756e6465643b203130302e3030206174207374616b652e', 100.00, '\x7b2276656e646f72223a224275696c646572222c22616d6f756e74223a223130302e3030222c2274797065223a22657870656e7365222c226461746573223a5b22323032342d31322d3330222c22323032342d31322d3331225d2c22636f756e74223a322c22726566756e6473223a307d', '[bae3cea2-5020-8b79-99f9-844800000002, bae3cea2-5020-8b79-99f9-844800000003]', '00326585-7267-491b-b1ad-ffcf62aedfaf', 8),
	(4, 9, 18, '\x6475706c6963617465', '7b20f650-e2b7-4aa1-a6e6-d7e1babea91e', '2025-01-01', '\x64376465346233613430653035653536636133633037373438363537653239663763393162376161326538343462616233396138613337366264373931353365', 1, '\x4275696c646572', '\x3320657175616c207061796d656e74733a204275696c6465722c203130302e30302065616368', '\x33207061796d656e74732028657870656e736529206f66203130302e30302077697468204275696c6465722c20323032342d31322d333020746f20323032352d30312d30323b203020726566756e6465643b203230302e3030206174207374616b652e', 200.00, '\x7b2276656e646f72223a224275696c646572222c22616d6f756e74223a223130302e3030222c2274797065223a22657870656e7365222c226461746573223a5b22323032342d31322d3330222c22323032342d31322d3331222c22323032352d30312d3032225d2c22636f756e74223a332c22726566756e6473223a307d', '[bae3cea2-5020-8b79-99f9-844800000002, bae3cea2-5020-8b79-99f9-844800000003, bae3cea2-5020-8b79-99f9-844800000004]', '00326585-7267-491b-b1ad-ffcf62aedfaf', 8),
	(6, 15, 21, '\x6475706c6963617465', '218edc53-28e6-4dd8-839b-dde2cff1d631', '2025-03-01', '\x61363735373364666666646363323062383564633465363961613466666665336630656665326239313131333262373431666334616334323138303236653038', 1, '\x41636d65205061727473', '\x3220657175616c207061796d656e74733a2041636d652050617274732c2037302e30302065616368', '\x32207061796d656e74732028657870656e736529206f662037302e303020776974682041636d652050617274732c20323032352d30332d303420746f20323032352d30332d30353b203020726566756e6465643b2037302e3030206174207374616b652e', 70.00, '\x7b2276656e646f72223a2241636d65205061727473222c22616d6f756e74223a2237302e3030222c2274797065223a22657870656e7365222c226461746573223a5b22323032352d30332d3034222c22323032352d30332d3035225d2c22636f756e74223a322c22726566756e6473223a307d', '[d5574515-8d57-8b67-966c-b17d00000002, d5574515-8d57-8b67-966c-b17d00000003]', 'a9bd3b70-d295-4c65-9c05-e9d9030dbe22', 14),
	(7, 15, 21, '\x6475706c6963617465', '218edc53-28e6-4dd8-839b-dde2cff1d631', '2025-03-01', '\x32623465396665633939363531656530633331623233373938623362323433316263383032313530366361313739316433386438303039376438613431356363', 1, '\x5477696e', '\x3220657175616c207061796d656e74733a205477696e2c2033332e30302065616368', '\x32207061796d656e74732028657870656e736529206f662033332e30302077697468205477696e2c20323032352d30332d303920746f20323032352d30332d31303b203020726566756e6465643b2033332e3030206174207374616b652e', 33.00, '\x7b2276656e646f72223a225477696e222c22616d6f756e74223a2233332e3030222c2274797065223a22657870656e7365222c226461746573223a5b22323032352d30332d3039222c22323032352d30332d3130225d2c22636f756e74223a322c22726566756e6473223a307d', '[d5574515-8d57-8b67-966c-b17d00000004, d5574515-8d57-8b67-966c-b17d00000005]', 'a9bd3b70-d295-4c65-9c05-e9d9030dbe22', 14),
	(5, 9, 18, '\x6475706c6963617465', '7b20f650-e2b7-4aa1-a6e6-d7e1babea91e', '2025-02-01', '\x32633266633234666662386630346437353665653166653438626231613366383932373262376633656536666361643230316163646637363430316466613062', 1, '\x5072696e74', '\x3320657175616c207061796d656e74733a205072696e742c2034302e31302065616368', '\x33207061796d656e74732028657870656e736529206f662034302e31302077697468205072696e742c20323032352d30322d303120746f20323032352d30322d30333b203020726566756e6465643b2038302e3230206174207374616b652e', 80.20, '\x7b2276656e646f72223a225072696e74222c22616d6f756e74223a2234302e3130222c2274797065223a22657870656e7365222c226461746573223a5b22323032352d30322d3031222c22323032352d30322d3032222c22323032352d30322d3033225d2c22636f756e74223a332c22726566756e6473223a307d', '[bae3cea2-5020-8b79-99f9-844800000008, bae3cea2-5020-8b79-99f9-844800000009, bae3cea2-5020-8b79-99f9-84480000000a]', '00326585-7267-491b-b1ad-ffcf62aedfaf', 8),
	(12, 21, NULL, '\x6475706c6963617465', '218edc53-28e6-4dd8-839b-dde2cff1d631', '2025-03-01', '\x61363735373364666666646363323062383564633465363961613466666665336630656665326239313131333262373431666334616334323138303236653038', 1, '\x41636d65205061727473', '\x3220657175616c207061796d656e74733a2041636d652050617274732c2037302e30302065616368', '\x32207061796d656e74732028657870656e736529206f662037302e303020776974682041636d652050617274732c20323032352d30332d303420746f20323032352d30332d30353b203020726566756e6465643b2037302e3030206174207374616b652e', 70.00, '\x7b2276656e646f72223a2241636d65205061727473222c22616d6f756e74223a2237302e3030222c2274797065223a22657870656e7365222c226461746573223a5b22323032352d30332d3034222c22323032352d30332d3035225d2c22636f756e74223a322c22726566756e6473223a307d', '[d5574515-8d57-8b67-966c-b17d00000002, d5574515-8d57-8b67-966c-b17d00000003]', '0e1a54e9-0c77-41cb-84b3-8088b4f48f6d', 20),
	(13, 21, NULL, '\x6475706c6963617465', '218edc53-28e6-4dd8-839b-dde2cff1d631', '2025-03-01', '\x32623465396665633939363531656530633331623233373938623362323433316263383032313530366361313739316433386438303039376438613431356363', 1, '\x5477696e', '\x3220657175616c207061796d656e74733a205477696e2c2033332e30302065616368', '\x32207061796d656e74732028657870656e736529206f662033332e30302077697468205477696e2c20323032352d30332d303920746f20323032352d30332d31303b203020726566756e6465643b2033332e3030206174207374616b652e', 33.00, '\x7b2276656e646f72223a225477696e222c22616d6f756e74223a2233332e3030222c2274797065223a22657870656e7365222c226461746573223a5b22323032352d30332d3039222c22323032352d30332d3130225d2c22636f756e74223a322c22726566756e6473223a307d', '[d5574515-8d57-8b67-966c-b17d00000004, d5574515-8d57-8b67-966c-b17d00000005]', '0e1a54e9-0c77-41cb-84b3-8088b4f48f6d', 20);


--
-- Data for Name: ducklake_inlined_data_3_1; Type: TABLE DATA; Schema: ducklake; Owner: -
--

INSERT INTO ducklake.ducklake_inlined_data_3_1 VALUES
	(0, 3, NULL, '218edc53-28e6-4dd8-839b-dde2cff1d631', '2025-01-01', '\x657870656e7365', 10, 4766.71),
	(1, 3, NULL, '218edc53-28e6-4dd8-839b-dde2cff1d631', '2025-01-01', '\x696e636f6d65', 3, 10970.00),
	(2, 3, NULL, '218edc53-28e6-4dd8-839b-dde2cff1d631', '2025-02-01', '\x657870656e7365', 11, 24164.57),
	(3, 3, NULL, '218edc53-28e6-4dd8-839b-dde2cff1d631', '2025-02-01', '\x696e636f6d65', 3, 11105.00),
	(4, 3, 14, '218edc53-28e6-4dd8-839b-dde2cff1d631', '2025-03-01', '\x657870656e7365', 9, 4631.73),
	(5, 3, 14, '218edc53-28e6-4dd8-839b-dde2cff1d631', '2025-03-01', '\x696e636f6d65', 3, 10860.00),
	(13, 16, NULL, '7b20f650-e2b7-4aa1-a6e6-d7e1babea91e', '2024-12-01', '\x657870656e7365', 2, 200.00),
	(14, 16, NULL, '7b20f650-e2b7-4aa1-a6e6-d7e1babea91e', '2025-01-01', '\x657870656e7365', 3, 25112.55),
	(15, 16, NULL, '7b20f650-e2b7-4aa1-a6e6-d7e1babea91e', '2025-01-01', '\x696e636f6d65', 1, 900.00),
	(16, 16, NULL, '7b20f650-e2b7-4aa1-a6e6-d7e1babea91e', '2025-02-01', '\x657870656e7365', 3, 120.30),
	(17, 16, NULL, '7b20f650-e2b7-4aa1-a6e6-d7e1babea91e', '2025-03-01', '\x657870656e7365', 1, 5.00),
	(6, 7, 16, '7b20f650-e2b7-4aa1-a6e6-d7e1babea91e', '2024-12-01', '\x657870656e7365', 2, 200.00),
	(7, 7, 16, '7b20f650-e2b7-4aa1-a6e6-d7e1babea91e', '2025-01-01', '\x657870656e7365', 3, 25112.55),
	(8, 7, 16, '7b20f650-e2b7-4aa1-a6e6-d7e1babea91e', '2025-01-01', '\x696e636f6d65', 1, 900.00),
	(9, 7, 16, '7b20f650-e2b7-4aa1-a6e6-d7e1babea91e', '2025-02-01', '\x657870656e7365', 3, 120.30),
	(10, 11, 16, '7b20f650-e2b7-4aa1-a6e6-d7e1babea91e', '2025-03-01', '\x657870656e7365', 1, 5.00),
	(18, 20, NULL, '218edc53-28e6-4dd8-839b-dde2cff1d631', '2025-03-01', '\x657870656e7365', 13, 4837.73),
	(19, 20, NULL, '218edc53-28e6-4dd8-839b-dde2cff1d631', '2025-03-01', '\x696e636f6d65', 3, 10860.00),
	(20, 20, NULL, '218edc53-28e6-4dd8-839b-dde2cff1d631', '2025-03-01', '\x726566756e64', 1, 33.00),
	(11, 14, 20, '218edc53-28e6-4dd8-839b-dde2cff1d631', '2025-03-01', '\x657870656e7365', 13, 4837.73),
	(12, 14, 20, '218edc53-28e6-4dd8-839b-dde2cff1d631', '2025-03-01', '\x696e636f6d65', 3, 10860.00);


--
-- Data for Name: ducklake_inlined_data_4_1; Type: TABLE DATA; Schema: ducklake; Owner: -
--

INSERT INTO ducklake.ducklake_inlined_data_4_1 VALUES
	(0, 10, NULL, '4c4158d0-15b6-8db1-9a4c-304500000000', '7b20f650-e2b7-4aa1-a6e6-d7e1babea91e', 2, '\x65787465726e616c5f6964', '\x5832', '\x65787465726e616c5f69645f6b6e6f776e', '\x746865206c6564676572206861732074686973207472616e73616374696f6e20616c726561647920756e646572207468652069642027583227');


--
-- Data for Name: ducklake_inlined_data_5_1; Type: TABLE DATA; Schema: ducklake; Owner: -
--

INSERT INTO ducklake.ducklake_inlined_data_5_1 VALUES
	(0, 10, NULL, '4c4158d0-15b6-8db1-9a4c-304500000000', '7b20f650-e2b7-4aa1-a6e6-d7e1babea91e', 4, '\x76656e646f72', '\x', '\x76656e646f725f7265717569726564', '\x7468652076656e646f7220697320656d707479'),
	(1, 10, NULL, '4c4158d0-15b6-8db1-9a4c-304500000000', '7b20f650-e2b7-4aa1-a6e6-d7e1babea91e', 5, '\x616d6f756e74', '\x316533', '\x616d6f756e745f6578706f6e656e74', '\x2731653327206973207772697474656e207769746820616e206578706f6e656e743b207772697465206974206f7574'),
	(2, 12, NULL, 'd0454049-fee4-81a1-8256-2f4300000000', '7b20f650-e2b7-4aa1-a6e6-d7e1babea91e', 2, '\x64617465', '\x323032352d30342d3331', '\x646174655f63616c656e646172', '\x27323032352d30342d333127206973206e6f74206120646179206f66207468652063616c656e646172'),
	(3, 12, NULL, 'd0454049-fee4-81a1-8256-2f4300000000', '7b20f650-e2b7-4aa1-a6e6-d7e1babea91e', 3, '\x616d6f756e74', '\x312c3030302e3030', '\x616d6f756e745f74686f7573616e6473', '\x27312c3030302e3030272068617320612074686f7573616e647320736570617261746f72207468652070726f66696c6520646f6573206e6f74206e616d652c206f722061206d6973706c61636564206f6e65');


--
-- Data for Name: ducklake_inlined_data_6_1; Type: TABLE DATA; Schema: ducklake; Owner: -
--

INSERT INTO ducklake.ducklake_inlined_data_6_1 VALUES
	(0, 2, NULL, 'e0032835-27c6-857c-9e7a-5a2400000000', '218edc53-28e6-4dd8-839b-dde2cff1d631', '2025-01-01', '\x657870656e7365', 10, 4766.71),
	(1, 2, NULL, 'e0032835-27c6-857c-9e7a-5a2400000000', '218edc53-28e6-4dd8-839b-dde2cff1d631', '2025-01-01', '\x696e636f6d65', 3, 10970.00),
	(2, 2, NULL, 'e0032835-27c6-857c-9e7a-5a2400000000', '218edc53-28e6-4dd8-839b-dde2cff1d631', '2025-03-01', '\x657870656e7365', 9, 4631.73),
	(3, 2, NULL, 'e0032835-27c6-857c-9e7a-5a2400000000', '218edc53-28e6-4dd8-839b-dde2cff1d631', '2025-03-01', '\x696e636f6d65', 3, 10860.00),
	(4, 2, NULL, 'e0032835-27c6-857c-9e7a-5a2400000000', '218edc53-28e6-4dd8-839b-dde2cff1d631', '2025-02-01', '\x657870656e7365', 11, 24164.57),
	(5, 2, NULL, 'e0032835-27c6-857c-9e7a-5a2400000000', '218edc53-28e6-4dd8-839b-dde2cff1d631', '2025-02-01', '\x696e636f6d65', 3, 11105.00),
	(6, 6, NULL, 'bae3cea2-5020-8b79-99f9-844800000000', '7b20f650-e2b7-4aa1-a6e6-d7e1babea91e', '2024-12-01', '\x657870656e7365', 2, 200.00),
	(7, 6, NULL, 'bae3cea2-5020-8b79-99f9-844800000000', '7b20f650-e2b7-4aa1-a6e6-d7e1babea91e', '2025-01-01', '\x657870656e7365', 3, 25112.55),
	(8, 6, NULL, 'bae3cea2-5020-8b79-99f9-844800000000', '7b20f650-e2b7-4aa1-a6e6-d7e1babea91e', '2025-01-01', '\x696e636f6d65', 1, 900.00),
	(9, 6, NULL, 'bae3cea2-5020-8b79-99f9-844800000000', '7b20f650-e2b7-4aa1-a6e6-d7e1babea91e', '2025-02-01', '\x657870656e7365', 3, 120.30),
	(10, 10, NULL, '4c4158d0-15b6-8db1-9a4c-304500000000', '7b20f650-e2b7-4aa1-a6e6-d7e1babea91e', '2025-03-01', '\x657870656e7365', 1, 5.00),
	(11, 13, NULL, 'd5574515-8d57-8b67-966c-b17d00000000', '218edc53-28e6-4dd8-839b-dde2cff1d631', '2025-03-01', '\x657870656e7365', 4, 206.00),
	(12, 19, NULL, '228c6c4e-f1a7-8dd5-9d05-eeb800000000', '218edc53-28e6-4dd8-839b-dde2cff1d631', '2025-03-01', '\x726566756e64', 1, 33.00),
	(13, 22, NULL, 'f881d423-06ea-867d-a9e2-996a00000000', '218edc53-28e6-4dd8-839b-dde2cff1d631', '2025-04-01', '\x657870656e7365', 2, 20.00);


--
-- Data for Name: ducklake_inlined_data_7_1; Type: TABLE DATA; Schema: ducklake; Owner: -
--

INSERT INTO ducklake.ducklake_inlined_data_7_1 VALUES
	(39, 6, NULL, '7b20f650-e2b7-4aa1-a6e6-d7e1babea91e', 'bae3cea2-5020-8b79-99f9-844800000000', 5, '2025-01-01', '2025-01-10', '\x47726fc39f68616e64656c', '\x67726f737368616e64656c', 25000.55, '\x657870656e7365', '\x42c3bc726f', '\xc3bc', '\x474250', '\x5831', '\x6d61696e'),
	(40, 6, NULL, '7b20f650-e2b7-4aa1-a6e6-d7e1babea91e', 'bae3cea2-5020-8b79-99f9-844800000000', 2, '2024-12-01', '2024-12-30', '\x4275696c646572', '\x6275696c646572', 100.00, '\x657870656e7365', '\x526f616473', '\x61', '\x474250', NULL, NULL),
	(41, 6, NULL, '7b20f650-e2b7-4aa1-a6e6-d7e1babea91e', 'bae3cea2-5020-8b79-99f9-844800000000', 3, '2024-12-01', '2024-12-31', '\x4275696c646572', '\x6275696c646572', 100.00, '\x657870656e7365', '\x526f616473', '\x62', '\x474250', NULL, NULL),
	(42, 6, NULL, '7b20f650-e2b7-4aa1-a6e6-d7e1babea91e', 'bae3cea2-5020-8b79-99f9-844800000000', 4, '2025-01-01', '2025-01-02', '\x4275696c646572', '\x6275696c646572', 100.00, '\x657870656e7365', '\x526f616473', '\x63', '\x474250', NULL, NULL),
	(43, 6, NULL, '7b20f650-e2b7-4aa1-a6e6-d7e1babea91e', 'bae3cea2-5020-8b79-99f9-844800000000', 6, '2025-01-01', '2025-01-11', '\x506c61696e', '\x706c61696e', 12.00, '\x657870656e7365', NULL, NULL, '\x474250', '\x5832', '\x6d61696e'),
	(44, 6, NULL, '7b20f650-e2b7-4aa1-a6e6-d7e1babea91e', 'bae3cea2-5020-8b79-99f9-844800000000', 7, '2025-01-01', '2025-01-12', '\x4772616e74', '\x6772616e74', 900.00, '\x696e636f6d65', '\x526576656e7565', NULL, '\x474250', '\x5833', NULL),
	(45, 6, NULL, '7b20f650-e2b7-4aa1-a6e6-d7e1babea91e', 'bae3cea2-5020-8b79-99f9-844800000000', 8, '2025-02-01', '2025-02-01', '\x5072696e74', '\x7072696e74', 40.10, '\x657870656e7365', '\x5072696e74', NULL, '\x474250', NULL, NULL),
	(46, 6, NULL, '7b20f650-e2b7-4aa1-a6e6-d7e1babea91e', 'bae3cea2-5020-8b79-99f9-844800000000', 9, '2025-02-01', '2025-02-02', '\x5072696e74', '\x7072696e74', 40.10, '\x657870656e7365', '\x5072696e74', NULL, '\x474250', NULL, NULL),
	(47, 6, NULL, '7b20f650-e2b7-4aa1-a6e6-d7e1babea91e', 'bae3cea2-5020-8b79-99f9-844800000000', 10, '2025-02-01', '2025-02-03', '\x7072696e74', '\x7072696e74', 40.10, '\x657870656e7365', '\x5072696e74', NULL, '\x474250', NULL, NULL),
	(48, 10, NULL, '7b20f650-e2b7-4aa1-a6e6-d7e1babea91e', '4c4158d0-15b6-8db1-9a4c-304500000000', 3, '2025-03-01', '2025-03-01', '\x4e6577', '\x6e6577', 5.00, '\x657870656e7365', NULL, NULL, '\x474250', '\x5839', '\x6d61696e'),
	(49, 13, NULL, '218edc53-28e6-4dd8-839b-dde2cff1d631', 'd5574515-8d57-8b67-966c-b17d00000000', 2, '2025-03-01', '2025-03-04', '\x41636d65205061727473', '\x61636d65207061727473', 70.00, '\x657870656e7365', NULL, NULL, '\x555344', NULL, NULL),
	(50, 13, NULL, '218edc53-28e6-4dd8-839b-dde2cff1d631', 'd5574515-8d57-8b67-966c-b17d00000000', 3, '2025-03-01', '2025-03-05', '\x41636d65205061727473', '\x61636d65207061727473', 70.00, '\x657870656e7365', NULL, NULL, '\x555344', NULL, NULL),
	(51, 13, NULL, '218edc53-28e6-4dd8-839b-dde2cff1d631', 'd5574515-8d57-8b67-966c-b17d00000000', 4, '2025-03-01', '2025-03-09', '\x5477696e', '\x7477696e', 33.00, '\x657870656e7365', NULL, NULL, '\x555344', NULL, NULL),
	(52, 13, NULL, '218edc53-28e6-4dd8-839b-dde2cff1d631', 'd5574515-8d57-8b67-966c-b17d00000000', 5, '2025-03-01', '2025-03-10', '\x5477696e', '\x7477696e', 33.00, '\x657870656e7365', NULL, NULL, '\x555344', NULL, NULL),
	(53, 19, NULL, '218edc53-28e6-4dd8-839b-dde2cff1d631', '228c6c4e-f1a7-8dd5-9d05-eeb800000000', 2, '2025-03-01', '2025-03-06', '\x5477696e', '\x7477696e', 33.00, '\x726566756e64', NULL, NULL, '\x555344', NULL, NULL),
	(54, 22, NULL, '218edc53-28e6-4dd8-839b-dde2cff1d631', 'f881d423-06ea-867d-a9e2-996a00000000', 2, '2025-04-01', '2025-04-02', '\x57616974696e67', '\x77616974696e67', 10.00, '\x657870656e7365', NULL, NULL, '\x555344', NULL, NULL),
	(55, 22, NULL, '218edc53-28e6-4dd8-839b-dde2cff1d631', 'f881d423-06ea-867d-a9e2-996a00000000', 3, '2025-04-01', '2025-04-03', '\x57616974696e67', '\x77616974696e67', 10.00, '\x657870656e7365', NULL, NULL, '\x555344', NULL, NULL);


--
-- Data for Name: ducklake_inlined_data_tables; Type: TABLE DATA; Schema: ducklake; Owner: -
--

INSERT INTO ducklake.ducklake_inlined_data_tables VALUES
	(1, 'ducklake_inlined_data_1_1', 1),
	(3, 'ducklake_inlined_data_3_1', 1),
	(4, 'ducklake_inlined_data_4_1', 1),
	(5, 'ducklake_inlined_data_5_1', 1),
	(6, 'ducklake_inlined_data_6_1', 1),
	(7, 'ducklake_inlined_data_7_1', 1);


--
-- Data for Name: ducklake_macro; Type: TABLE DATA; Schema: ducklake; Owner: -
--



--
-- Data for Name: ducklake_macro_impl; Type: TABLE DATA; Schema: ducklake; Owner: -
--



--
-- Data for Name: ducklake_macro_parameters; Type: TABLE DATA; Schema: ducklake; Owner: -
--



--
-- Data for Name: ducklake_metadata; Type: TABLE DATA; Schema: ducklake; Owner: -
--

INSERT INTO ducklake.ducklake_metadata VALUES
	('version', '1.0', NULL, NULL),
	('created_by', 'DuckDB d8cdaa33fd', NULL, NULL),
	('data_path', '@LAKE@', NULL, NULL),
	('encrypted', 'false', NULL, NULL);


--
-- Data for Name: ducklake_name_mapping; Type: TABLE DATA; Schema: ducklake; Owner: -
--



--
-- Data for Name: ducklake_partition_column; Type: TABLE DATA; Schema: ducklake; Owner: -
--

INSERT INTO ducklake.ducklake_partition_column VALUES
	(8, 7, 0, 4, 'identity'),
	(2, 1, 0, 1, 'identity'),
	(2, 1, 1, 3, 'year');


--
-- Data for Name: ducklake_partition_info; Type: TABLE DATA; Schema: ducklake; Owner: -
--

INSERT INTO ducklake.ducklake_partition_info VALUES
	(8, 7, 1, NULL),
	(2, 1, 1, NULL);


--
-- Data for Name: ducklake_schema; Type: TABLE DATA; Schema: ducklake; Owner: -
--

INSERT INTO ducklake.ducklake_schema VALUES
	(0, 'ccfeb99f-2dca-47cd-ab17-999285671424', 0, NULL, 'main', 'main/', true);


--
-- Data for Name: ducklake_schema_versions; Type: TABLE DATA; Schema: ducklake; Owner: -
--

INSERT INTO ducklake.ducklake_schema_versions VALUES
	(1, 1, 1),
	(1, 1, 3),
	(1, 1, 4),
	(1, 1, 5),
	(1, 1, 6),
	(1, 1, 7);


--
-- Data for Name: ducklake_snapshot; Type: TABLE DATA; Schema: ducklake; Owner: -
--

INSERT INTO ducklake.ducklake_snapshot VALUES
	(0, '2026-11-24 13:07:41.475862+00', 0, 1, 0),
	(1, '2026-11-24 13:07:42.049394+00', 1, 9, 0),
	(2, '2026-11-24 13:07:46.897866+00', 1, 9, 4),
	(3, '2026-11-24 13:07:47.552677+00', 1, 9, 5),
	(4, '2026-11-24 13:07:47.803094+00', 1, 9, 6),
	(5, '2026-11-24 13:07:48.41574+00', 1, 9, 7),
	(6, '2026-11-24 13:07:57.837128+00', 1, 9, 9),
	(7, '2026-11-24 13:07:58.44954+00', 1, 9, 10),
	(8, '2026-11-24 13:07:58.669376+00', 1, 9, 11),
	(9, '2026-11-24 13:07:59.105686+00', 1, 9, 12),
	(10, '2026-11-24 13:08:10.030658+00', 1, 9, 16),
	(11, '2026-11-24 13:08:10.693196+00', 1, 9, 17),
	(12, '2026-11-24 13:08:21.176882+00', 1, 9, 18),
	(13, '2026-11-24 13:08:27.707579+00', 1, 9, 20),
	(14, '2026-11-24 13:08:28.139686+00', 1, 9, 21),
	(15, '2026-11-24 13:08:28.622658+00', 1, 9, 22),
	(16, '2026-11-24 13:08:33.972921+00', 1, 9, 23),
	(17, '2026-11-24 13:08:34.238349+00', 1, 9, 24),
	(18, '2026-11-24 13:08:34.655748+00', 1, 9, 25),
	(19, '2026-11-24 13:08:45.547529+00', 1, 9, 27),
	(20, '2026-11-24 13:08:45.989141+00', 1, 9, 28),
	(21, '2026-11-24 13:08:46.463381+00', 1, 9, 29),
	(22, '2026-11-24 13:08:56.143042+00', 1, 9, 31);


--
-- Data for Name: ducklake_snapshot_changes; Type: TABLE DATA; Schema: ducklake; Owner: -
--

INSERT INTO ducklake.ducklake_snapshot_changes VALUES
	(0, 'created_schema:"main"', NULL, NULL, NULL),
	(1, 'created_table:"main"."transactions",created_table:"main"."rejected_rows",created_table:"main"."skipped_rows",created_table:"main"."load_totals",created_table:"main"."ledger_months",created_table:"main"."findings",altered_table:7,altered_table:1', NULL, NULL, NULL),
	(2, 'inserted_into_table:7,inlined_insert:6', NULL, NULL, NULL),
	(3, 'inlined_insert:3', NULL, NULL, NULL),
	(4, 'inlined_insert:1', NULL, NULL, NULL),
	(5, 'inlined_insert:1', NULL, NULL, NULL),
	(6, 'inlined_insert:6,inlined_insert:7', NULL, NULL, NULL),
	(7, 'inlined_insert:3', NULL, NULL, NULL),
	(8, 'inlined_insert:1', NULL, NULL, NULL),
	(9, 'inlined_insert:1', NULL, NULL, NULL),
	(10, 'inlined_insert:4,inlined_insert:5,inlined_insert:6,inlined_insert:7', NULL, NULL, NULL),
	(11, 'inlined_insert:3', NULL, NULL, NULL),
	(12, 'inlined_insert:5', NULL, NULL, NULL),
	(13, 'inlined_insert:6,inlined_insert:7', NULL, NULL, NULL),
	(14, 'inlined_insert:3,inlined_delete:3', NULL, NULL, NULL),
	(15, 'inlined_insert:1', NULL, NULL, NULL),
	(16, 'inlined_insert:3,inlined_delete:3', NULL, NULL, NULL),
	(17, 'inlined_insert:1,inlined_delete:1', NULL, NULL, NULL),
	(18, 'inlined_insert:1,inlined_delete:1', NULL, NULL, NULL),
	(19, 'inlined_insert:6,inlined_insert:7', NULL, NULL, NULL),
	(20, 'inlined_insert:3,inlined_delete:3', NULL, NULL, NULL),
	(21, 'inlined_insert:1,inlined_delete:1', NULL, NULL, NULL),
	(22, 'inlined_insert:6,inlined_insert:7', NULL, NULL, NULL);


--
-- Data for Name: ducklake_sort_expression; Type: TABLE DATA; Schema: ducklake; Owner: -
--



--
-- Data for Name: ducklake_sort_info; Type: TABLE DATA; Schema: ducklake; Owner: -
--



--
-- Data for Name: ducklake_table; Type: TABLE DATA; Schema: ducklake; Owner: -
--

INSERT INTO ducklake.ducklake_table VALUES
	(1, '01a20dab-556b-7ad2-a73f-af568b117ec2', 1, NULL, 0, 'findings', 'findings/', true),
	(3, '01a20dab-556b-7bbd-8ff9-c470c41d3747', 1, NULL, 0, 'ledger_months', 'ledger_months/', true),
	(4, '01a20dab-556b-7cf6-afbd-d1bde4e0f1aa', 1, NULL, 0, 'skipped_rows', 'skipped_rows/', true),
	(5, '01a20dab-5569-74a0-9223-7a08e1baebac', 1, NULL, 0, 'rejected_rows', 'rejected_rows/', true),
	(6, '01a20dab-5564-75f8-91f3-39130aff46d6', 1, NULL, 0, 'load_totals', 'load_totals/', true),
	(7, '01a20dab-5563-775c-998d-483c568248e2', 1, NULL, 0, 'transactions', 'transactions/', true);


--
-- Data for Name: ducklake_table_column_stats; Type: TABLE DATA; Schema: ducklake; Owner: -
--

INSERT INTO ducklake.ducklake_table_column_stats VALUES
	(3, 1, false, NULL, '218edc53-28e6-4dd8-839b-dde2cff1d631', '7b20f650-e2b7-4aa1-a6e6-d7e1babea91e', NULL),
	(3, 2, false, NULL, '2024-12-01', '2025-03-01', NULL),
	(3, 3, false, NULL, 'expense', 'refund', NULL),
	(3, 4, false, NULL, '1', '13', NULL),
	(3, 5, false, NULL, '5.00', '25112.55', NULL),
	(1, 1, false, NULL, 'duplicate', 'large_transaction', NULL),
	(1, 2, false, NULL, '218edc53-28e6-4dd8-839b-dde2cff1d631', '7b20f650-e2b7-4aa1-a6e6-d7e1babea91e', NULL),
	(1, 3, false, NULL, '2024-12-01', '2025-03-01', NULL),
	(1, 4, false, NULL, '24ae2650f5d833390abda897e6ad17291273f79c2d54191943d9a86cbff1fa54', 'd7de4b3a40e05e56ca3c07748657e29f7c91b7aa2e844bab39a8a376bd79153e', NULL),
	(1, 5, false, NULL, '1', '3', NULL),
	(1, 6, false, NULL, 'Acme Parts', 'Twin', NULL),
	(1, 7, false, NULL, '2 equal payments: Acme Parts, 70.00 each', 'Large transaction: Northline Interiors, 18,450.00', NULL),
	(1, 8, false, NULL, '18,450.00 with Northline Interiors on 2025-02-18; the limit is 10,000.00, the mean of the baseline 1,889.12.', '3 payments (expense) of 40.10 with Print, 2025-02-01 to 2025-02-03; 0 refunded; 80.20 at stake.', NULL),
	(1, 14, false, NULL, '3', '20', NULL),
	(6, 1, false, NULL, '228c6c4e-f1a7-8dd5-9d05-eeb800000000', 'f881d423-06ea-867d-a9e2-996a00000000', NULL),
	(6, 2, false, NULL, '218edc53-28e6-4dd8-839b-dde2cff1d631', '7b20f650-e2b7-4aa1-a6e6-d7e1babea91e', NULL),
	(6, 3, false, NULL, '2024-12-01', '2025-04-01', NULL),
	(6, 4, false, NULL, 'expense', 'refund', NULL),
	(6, 5, false, NULL, '1', '11', NULL),
	(6, 6, false, NULL, '5.00', '25112.55', NULL),
	(7, 1, false, NULL, '218edc53-28e6-4dd8-839b-dde2cff1d631', '7b20f650-e2b7-4aa1-a6e6-d7e1babea91e', NULL),
	(7, 2, false, NULL, '228c6c4e-f1a7-8dd5-9d05-eeb800000000', 'f881d423-06ea-867d-a9e2-996a00000000', NULL),
	(7, 3, false, NULL, '2', '40', NULL),
	(7, 4, false, NULL, '2024-12-01', '2025-04-01', NULL),
	(7, 5, false, NULL, '2024-12-30', '2025-04-03', NULL),
	(7, 6, false, NULL, 'Acme Parts', 'print', NULL),
	(7, 7, false, NULL, 'acme parts', 'waiting', NULL),
	(7, 8, false, NULL, '5.00', '25000.55', NULL),
	(7, 9, false, NULL, 'expense', 'refund', NULL),
	(7, 10, true, NULL, 'Büro', 'Utilities', NULL),
	(7, 11, true, NULL, 'Bookkeeping February', 'ü', NULL),
	(4, 1, false, NULL, '4c4158d0-15b6-8db1-9a4c-304500000000', '4c4158d0-15b6-8db1-9a4c-304500000000', NULL),
	(4, 2, false, NULL, '7b20f650-e2b7-4aa1-a6e6-d7e1babea91e', '7b20f650-e2b7-4aa1-a6e6-d7e1babea91e', NULL),
	(4, 3, false, NULL, '2', '2', NULL),
	(4, 4, false, NULL, 'external_id', 'external_id', NULL),
	(4, 5, false, NULL, 'X2', 'X2', NULL),
	(4, 6, false, NULL, 'external_id_known', 'external_id_known', NULL),
	(4, 7, false, NULL, 'the ledger has this transaction already under the id ''X2''', 'the ledger has this transaction already under the id ''X2''', NULL),
	(5, 1, false, NULL, '4c4158d0-15b6-8db1-9a4c-304500000000', 'd0454049-fee4-81a1-8256-2f4300000000', NULL),
	(5, 2, false, NULL, '7b20f650-e2b7-4aa1-a6e6-d7e1babea91e', '7b20f650-e2b7-4aa1-a6e6-d7e1babea91e', NULL),
	(5, 3, false, NULL, '2', '5', NULL),
	(5, 4, false, NULL, 'amount', 'vendor', NULL),
	(5, 5, false, NULL, '', '2025-04-31', NULL),
	(5, 6, false, NULL, 'amount_exponent', 'vendor_required', NULL),
	(5, 7, false, NULL, '''1,000.00'' has a thousands separator the profile does not name, or a misplaced one', 'the vendor is empty', NULL),
	(1, 9, false, NULL, '33.00', '25000.55', NULL),
	(1, 10, false, NULL, '{"vendor":"Acme Parts","amount":"70.00","type":"expense","dates":["2025-03-04","2025-03-05"],"count":2,"refunds":0}', '{"vendor":"Twin","amount":"33.00","type":"expense","dates":["2025-03-09","2025-03-10"],"count":2,"refunds":0}', NULL),
	(1, 12, false, NULL, 'bae3cea2-5020-8b79-99f9-844800000002', 'e0032835-27c6-857c-9e7a-5a2400000018', NULL),
	(1, 13, false, NULL, '00326585-7267-491b-b1ad-ffcf62aedfaf', 'f016ce7b-1eda-4e31-9921-ecdf73849dfe', NULL),
	(7, 12, false, NULL, 'GBP', 'USD', NULL);
INSERT INTO ducklake.ducklake_table_column_stats VALUES
	(7, 13, true, NULL, 'X1', 'X9', NULL),
	(7, 14, true, NULL, 'main', 'main', NULL);


--
-- Data for Name: ducklake_table_stats; Type: TABLE DATA; Schema: ducklake; Owner: -
--

INSERT INTO ducklake.ducklake_table_stats VALUES
	(4, 1, 1, 0),
	(5, 4, 4, 0),
	(3, 21, 21, 0),
	(1, 14, 14, 0),
	(6, 14, 14, 0),
	(7, 56, 56, 10308);


--
-- Data for Name: ducklake_tag; Type: TABLE DATA; Schema: ducklake; Owner: -
--



--
-- Data for Name: ducklake_view; Type: TABLE DATA; Schema: ducklake; Owner: -
--



--
-- Data for Name: alembic_version; Type: TABLE DATA; Schema: ledgerwatch; Owner: -
--

INSERT INTO ledgerwatch.alembic_version VALUES
	('0001');


--
-- Data for Name: alerts; Type: TABLE DATA; Schema: ledgerwatch; Owner: -
--

INSERT INTO ledgerwatch.alerts VALUES
	('74ab08d6-79c4-3d1a-73a7-6ae6c39336e7', 5, '7b20f650-e2b7-4aa1-a6e6-d7e1babea91e', 'duplicate', '2c2fc24ffb8f04d756ee1fe48bb1a3f89272b7f3ee6fcad201acdf76401dfa0b', 1, 'OPEN', '3 equal payments: Print, 40.10 each', '3 payments (expense) of 40.10 with Print, 2025-02-01 to 2025-02-03; 0 refunded; 80.20 at stake.', 'Print', 80.20, '2025-02-01', '{"type": "expense", "count": 3, "dates": ["2025-02-01", "2025-02-02", "2025-02-03"], "amount": "40.10", "vendor": "Print", "refunds": 0}', '{bae3cea2-5020-8b79-99f9-844800000008,bae3cea2-5020-8b79-99f9-844800000009,bae3cea2-5020-8b79-99f9-84480000000a}', '00326585-7267-491b-b1ad-ffcf62aedfaf', 8, false, '2026-11-24 13:07:59.250478+00', '2026-11-24 13:07:59.250478+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1),
	('0ff38e23-af3d-d01a-da48-26f45fe1b34e', 6, '218edc53-28e6-4dd8-839b-dde2cff1d631', 'duplicate', 'a67573dfffdcc20b85dc4e69aa4fffe3f0efe2b911132b741fc4ac4218026e08', 1, 'OPEN', '2 equal payments: Acme Parts, 70.00 each', '2 payments (expense) of 70.00 with Acme Parts, 2025-03-04 to 2025-03-05; 0 refunded; 70.00 at stake.', 'Acme Parts', 70.00, '2025-03-01', '{"type": "expense", "count": 2, "dates": ["2025-03-04", "2025-03-05"], "amount": "70.00", "vendor": "Acme Parts", "refunds": 0}', '{d5574515-8d57-8b67-966c-b17d00000002,d5574515-8d57-8b67-966c-b17d00000003}', 'a9bd3b70-d295-4c65-9c05-e9d9030dbe22', 14, false, '2026-11-24 13:08:28.756758+00', '2026-11-24 13:08:28.756758+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1),
	('c5623d9b-83d5-b43d-b9f5-174860a37c94', 7, '218edc53-28e6-4dd8-839b-dde2cff1d631', 'duplicate', '2b4e9fec99651ee0c31b23798b3b2431bc8021506ca1791d38d80097d8a415cc', 1, 'OPEN', '2 equal payments: Twin, 33.00 each', '2 payments (expense) of 33.00 with Twin, 2025-03-09 to 2025-03-10; 0 refunded; 33.00 at stake.', 'Twin', 33.00, '2025-03-01', '{"type": "expense", "count": 2, "dates": ["2025-03-09", "2025-03-10"], "amount": "33.00", "vendor": "Twin", "refunds": 0}', '{d5574515-8d57-8b67-966c-b17d00000004,d5574515-8d57-8b67-966c-b17d00000005}', 'a9bd3b70-d295-4c65-9c05-e9d9030dbe22', 14, false, '2026-11-24 13:08:28.756758+00', '2026-11-24 13:08:28.756758+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1),
	('a1a6067e-3477-3da4-d63e-bb6fe8d5c02c', 3, '7b20f650-e2b7-4aa1-a6e6-d7e1babea91e', 'large_transaction', '4d24e47e16c527ae24d3deb0ac44bc4315bf3f8d89d621338d94f93e30cd84b5', 3, 'OPEN', 'Large transaction: Großhandel, 25,000.55', '25,000.55 with Großhandel on 2025-01-10; the limit is 20,000.00, the mean of the baseline 4,368.76.', 'Großhandel', 25000.55, '2025-01-01', '{"date": "2025-01-10", "mean": "4368.76", "limit": "20000.00", "amount": "25000.55", "vendor": "Großhandel"}', '{bae3cea2-5020-8b79-99f9-844800000005}', '9d9aaf8e-a845-4f98-b0c1-bf31602eeb64', 16, false, '2026-11-24 13:07:58.845434+00', '2026-11-24 13:08:34.42691+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 2),
	('560c2551-6670-03df-37bb-1901ae028cbe', 1, '218edc53-28e6-4dd8-839b-dde2cff1d631', 'large_transaction', '959ffd0b37a73ca2d43f226ba47b4d1cc27e60d2c472951ce3db00cea49635e3', 3, 'ACKNOWLEDGED', 'Large transaction: Northline Interiors, 18,450.00', '18,450.00 with Northline Interiors on 2025-02-18; the limit is 10,000.00, the mean of the baseline 1,889.12.', 'Northline Interiors', 18450.00, '2025-02-01', '{"date": "2025-02-18", "mean": "1889.12", "limit": "10000.00", "amount": "18450.00", "vendor": "Northline Interiors"}', '{e0032835-27c6-857c-9e7a-5a2400000018}', '07d52e3b-717b-4aee-870b-0dccce647908', 3, false, '2026-11-24 13:07:48.10105+00', '2026-11-24 13:07:48.10105+00', NULL, 'ann', '2026-11-24 13:08:36.919676+00', NULL, NULL, NULL, 'looking', 2),
	('6651a027-8781-9169-4570-0c156814bccd', 2, '218edc53-28e6-4dd8-839b-dde2cff1d631', 'duplicate', '24ae2650f5d833390abda897e6ad17291273f79c2d54191943d9a86cbff1fa54', 1, 'RESOLVED', '2 equal payments: Brightwater Print, 640.00 each', '2 payments (expense) of 640.00 with Brightwater Print, 2025-02-11 to 2025-02-12; 0 refunded; 640.00 at stake.', 'Brightwater Print', 640.00, '2025-02-01', '{"type": "expense", "count": 2, "dates": ["2025-02-11", "2025-02-12"], "amount": "640.00", "vendor": "Brightwater Print", "refunds": 0}', '{e0032835-27c6-857c-9e7a-5a2400000013,e0032835-27c6-857c-9e7a-5a2400000014}', 'eceda277-f90f-43aa-af81-5154583c5d7a', 4, false, '2026-11-24 13:07:48.689023+00', '2026-11-24 13:07:48.689023+00', NULL, NULL, NULL, 'bob', '2026-11-24 13:08:37.464352+00', 'fixed', 'refunded', 2),
	('982ca5de-997f-cc8a-2a9a-44e54b68f0ee', 4, '7b20f650-e2b7-4aa1-a6e6-d7e1babea91e', 'duplicate', 'd7de4b3a40e05e56ca3c07748657e29f7c91b7aa2e844bab39a8a376bd79153e', 1, 'ACKNOWLEDGED', '3 equal payments: Builder, 100.00 each', '3 payments (expense) of 100.00 with Builder, 2024-12-30 to 2025-01-02; 0 refunded; 200.00 at stake.', 'Builder', 200.00, '2025-01-01', '{"type": "expense", "count": 3, "dates": ["2024-12-30", "2024-12-31", "2025-01-02"], "amount": "100.00", "vendor": "Builder", "refunds": 0}', '{bae3cea2-5020-8b79-99f9-844800000002,bae3cea2-5020-8b79-99f9-844800000003,bae3cea2-5020-8b79-99f9-844800000004}', '00326585-7267-491b-b1ad-ffcf62aedfaf', 8, false, '2026-11-24 13:07:59.250478+00', '2026-11-24 13:07:59.250478+00', NULL, 'bob', '2026-11-24 13:08:38.052468+00', NULL, NULL, NULL, NULL, 2);


--
-- Data for Name: analysis_runs; Type: TABLE DATA; Schema: ledgerwatch; Owner: -
--

INSERT INTO ledgerwatch.analysis_runs VALUES
	('07d52e3b-717b-4aee-870b-0dccce647908', 'large_transaction', 1, '2025-01-01', '2025-03-01', '{acme}', '{"own": {}, "default": {"floor": "10000", "multiplier": "2", "baseline_months": "12", "high_multiplier": "5"}}', 'SUCCEEDED', '9fc558cc-2d0d-443b-bcd9-7bf0617143a7', 3, 1, 1, '[]', NULL, '2026-11-24 13:07:47.725979+00', '2026-11-24 13:07:47.725979+00', '2026-11-24 13:07:47.906157+00'),
	('8dd843c0-c6ac-4692-80be-d3a2cebe9a8e', 'large_transaction', 1, '2025-03-01', '2025-03-01', '{acme}', '{"own": {"7b20f650-e2b7-4aa1-a6e6-d7e1babea91e": {"floor": "20000"}}, "default": {"floor": "10000", "multiplier": "2", "baseline_months": "12", "high_multiplier": "5"}}', 'SUCCEEDED', 'f352817d-8397-45a3-9738-1ed88670d53b', 20, 0, 0, '[]', NULL, '2026-11-24 13:08:46.079383+00', '2026-11-24 13:08:46.079383+00', '2026-11-24 13:08:46.199972+00'),
	('eceda277-f90f-43aa-af81-5154583c5d7a', 'duplicate', 1, '2025-01-01', '2025-03-01', '{acme}', '{"own": {}, "default": {"window_hours": "48"}}', 'SUCCEEDED', '9fc558cc-2d0d-443b-bcd9-7bf0617143a7', 4, 1, 1, '[]', NULL, '2026-11-24 13:07:48.242956+00', '2026-11-24 13:07:48.242956+00', '2026-11-24 13:07:48.451025+00'),
	('f016ce7b-1eda-4e31-9921-ecdf73849dfe', 'large_transaction', 1, '2024-12-01', '2025-02-01', '{devon}', '{"own": {}, "default": {"floor": "10000", "multiplier": "2", "baseline_months": "12", "high_multiplier": "5"}}', 'SUCCEEDED', 'c33a0e96-a776-43d9-86dd-0faf8206869d', 7, 1, 1, '[]', NULL, '2026-11-24 13:07:58.550322+00', '2026-11-24 13:07:58.550322+00', '2026-11-24 13:07:58.703415+00'),
	('0e1a54e9-0c77-41cb-84b3-8088b4f48f6d', 'duplicate', 1, '2025-03-01', '2025-03-01', '{acme}', '{"own": {}, "default": {"window_hours": "48"}}', 'SUCCEEDED', 'f352817d-8397-45a3-9738-1ed88670d53b', 20, 2, 0, '[]', NULL, '2026-11-24 13:08:46.360514+00', '2026-11-24 13:08:46.360514+00', '2026-11-24 13:08:46.49559+00'),
	('00326585-7267-491b-b1ad-ffcf62aedfaf', 'duplicate', 1, '2024-12-01', '2025-02-01', '{devon}', '{"own": {}, "default": {"window_hours": "48"}}', 'SUCCEEDED', 'c33a0e96-a776-43d9-86dd-0faf8206869d', 8, 3, 2, '[]', NULL, '2026-11-24 13:07:58.96916+00', '2026-11-24 13:07:58.96916+00', '2026-11-24 13:07:59.154492+00'),
	('53e1616c-c35b-403b-b1c5-a4329860944a', 'large_transaction', 1, '2025-03-01', '2025-03-01', '{devon}', '{"own": {}, "default": {"floor": "10000", "multiplier": "2", "baseline_months": "12", "high_multiplier": "5"}}', 'SUCCEEDED', 'd3068261-5431-4a63-8e1e-ac0edefa49b3', 11, 0, 0, '[]', NULL, '2026-11-24 13:08:10.820938+00', '2026-11-24 13:08:10.820938+00', '2026-11-24 13:08:10.979145+00'),
	('5d163df5-37f8-49c4-9fee-be5f1d58fd87', 'duplicate', 1, '2025-03-01', '2025-03-01', '{devon}', '{"own": {}, "default": {"window_hours": "48"}}', 'SUCCEEDED', 'd3068261-5431-4a63-8e1e-ac0edefa49b3', 11, 0, 0, '[]', NULL, '2026-11-24 13:08:11.230694+00', '2026-11-24 13:08:11.230694+00', '2026-11-24 13:08:11.434556+00'),
	('6a50982b-f40f-48e1-957f-8b798c9c3a9f', 'large_transaction', 1, '2025-03-01', '2025-03-01', '{acme}', '{"own": {}, "default": {"floor": "10000", "multiplier": "2", "baseline_months": "12", "high_multiplier": "5"}}', 'SUCCEEDED', '6d8953b6-f376-46d2-9091-6fdb19e360a1', 14, 0, 0, '[]', NULL, '2026-11-24 13:08:28.24648+00', '2026-11-24 13:08:28.24648+00', '2026-11-24 13:08:28.347262+00'),
	('a9bd3b70-d295-4c65-9c05-e9d9030dbe22', 'duplicate', 1, '2025-03-01', '2025-03-01', '{acme}', '{"own": {}, "default": {"window_hours": "48"}}', 'SUCCEEDED', '6d8953b6-f376-46d2-9091-6fdb19e360a1', 14, 2, 2, '[]', NULL, '2026-11-24 13:08:28.514908+00', '2026-11-24 13:08:28.514908+00', '2026-11-24 13:08:28.642397+00'),
	('9d9aaf8e-a845-4f98-b0c1-bf31602eeb64', 'large_transaction', 1, '2024-12-01', '2025-03-01', '{devon}', '{"own": {"7b20f650-e2b7-4aa1-a6e6-d7e1babea91e": {"floor": "20000"}}, "default": {"floor": "10000", "multiplier": "2", "baseline_months": "12", "high_multiplier": "5"}}', 'SUCCEEDED', 'ba97458a-f3b2-4170-b30e-ba8af4682c28', 16, 1, 0, '[]', NULL, '2026-11-24 13:08:34.112705+00', '2026-11-24 13:08:34.112705+00', '2026-11-24 13:08:34.290887+00'),
	('d8f15f4c-23d9-402b-bd48-d3ecc35f8085', 'duplicate', 1, '2024-12-01', '2025-03-01', '{devon}', '{"own": {}, "default": {"window_hours": "48"}}', 'SUCCEEDED', 'ba97458a-f3b2-4170-b30e-ba8af4682c28', 17, 3, 0, '[]', NULL, '2026-11-24 13:08:34.535731+00', '2026-11-24 13:08:34.535731+00', '2026-11-24 13:08:34.701034+00');


--
-- Data for Name: analyzer_parameters; Type: TABLE DATA; Schema: ledgerwatch; Owner: -
--

INSERT INTO ledgerwatch.analyzer_parameters VALUES
	('7b20f650-e2b7-4aa1-a6e6-d7e1babea91e', 'large_transaction', '{"floor": "20000"}');


--
-- Data for Name: audit_events; Type: TABLE DATA; Schema: ledgerwatch; Owner: -
--

INSERT INTO ledgerwatch.audit_events VALUES
	(1, 'ORGANIZATION_CREATED', 'root', 'acme', 'acme', '2026-11-24 13:07:36.266512+00', '{"name": "Acme Ltd", "currency": "USD"}', '0000000000000000000000000000000000000000000000000000000000000000', 'a04bf7c9363150f65988919c3508702abe01744d8d32d5079914b020ede5ad80'),
	(2, 'ORGANIZATION_CREATED', 'root', 'devon', 'devon', '2026-11-24 13:07:36.98523+00', '{"name": "Devon County Council", "currency": "GBP"}', 'a04bf7c9363150f65988919c3508702abe01744d8d32d5079914b020ede5ad80', 'a843ba54d90b2406b1ac33226872a14ea521392a441ca8ffc09f180c94c44c95'),
	(3, 'ORGANIZATION_CREATED', 'root', 'nodata', 'nodata', '2026-11-24 13:07:37.590227+00', '{"name": "No Data Inc", "currency": "USD"}', 'a843ba54d90b2406b1ac33226872a14ea521392a441ca8ffc09f180c94c44c95', 'a7d1effe038e5eb8fca5e615ab72f81f841eed2701dac5abe278d75a843dea44'),
	(4, 'LOAD_RECEIVED', 'root', 'acme', 'e0032835-27c6-857c-9e7a-5a2400000000', '2026-11-24 13:07:38.168159+00', '{"file": "acme.csv", "bytes": 2563, "sha256": "e402c23e4885ffa2bd8eee1544685ca17f56cff16abe8a885266e16787a13964"}', 'a7d1effe038e5eb8fca5e615ab72f81f841eed2701dac5abe278d75a843dea44', '6a07fa2768f2464f1e1dac2766ef29faf66c37f4f668e15cb9cff7148cdf8ec4'),
	(5, 'TRANSACTIONS_IMPORTED', 'root', 'acme', 'e0032835-27c6-857c-9e7a-5a2400000000', '2026-11-24 13:07:47.018567+00', '{"file": "acme.csv", "income": "32935.00", "months": ["2025-01", "2025-02", "2025-03"], "refund": "0.00", "expense": "33563.01", "skipped": 0, "accepted": 39, "rejected": 0}', '6a07fa2768f2464f1e1dac2766ef29faf66c37f4f668e15cb9cff7148cdf8ec4', '390732c4fe89aa61e37af62ba1c0b18b3c2505bf4bf254bb40b23fe08eae4103'),
	(6, 'ANALYSIS_RUN', 'system', NULL, '07d52e3b-717b-4aee-870b-0dccce647908', '2026-11-24 13:07:47.910119+00', '{"months": "2025-01..2025-03", "status": "SUCCEEDED", "analyzer": "large_transaction", "findings": 1}', '390732c4fe89aa61e37af62ba1c0b18b3c2505bf4bf254bb40b23fe08eae4103', '50cc268d2e25aeb1e64f275f5b6f8b053fb203db8ffcd308ecd3849e6a22e505'),
	(7, 'ALERTS_GENERATED', 'system', NULL, 'large_transaction', '2026-11-24 13:07:48.163818+00', '{"gone": 0, "months": "2025-01..2025-03", "raised": 1, "updated": 0, "reopened": 0, "regressed": 0}', '50cc268d2e25aeb1e64f275f5b6f8b053fb203db8ffcd308ecd3849e6a22e505', 'c5eb3f32305f0faf938a561d82501a4cb52ed866d5145f9f950c50e473247e08'),
	(8, 'ANALYSIS_RUN', 'system', NULL, 'eceda277-f90f-43aa-af81-5154583c5d7a', '2026-11-24 13:07:48.454329+00', '{"months": "2025-01..2025-03", "status": "SUCCEEDED", "analyzer": "duplicate", "findings": 1}', 'c5eb3f32305f0faf938a561d82501a4cb52ed866d5145f9f950c50e473247e08', 'c60dd6b88c1979e7490feb75536543582d2ff94949b3c7672c961092b0d191ae'),
	(9, 'ALERTS_GENERATED', 'system', NULL, 'duplicate', '2026-11-24 13:07:48.75593+00', '{"gone": 0, "months": "2025-01..2025-03", "raised": 1, "updated": 0, "reopened": 0, "regressed": 0}', 'c60dd6b88c1979e7490feb75536543582d2ff94949b3c7672c961092b0d191ae', '3779ca513543d7eed8c56e1f814e6bbc1080cf53dc98f28c584b7dee5236e379'),
	(10, 'LOAD_RECEIVED', 'root', 'devon', 'bae3cea2-5020-8b79-99f9-844800000000', '2026-11-24 13:07:51.395323+00', '{"file": "devon.csv", "bytes": 385, "sha256": "19646f6eaad8f051c761748d51a2dfe8f9b91cced8302d26ac244ea4954a2562"}', '3779ca513543d7eed8c56e1f814e6bbc1080cf53dc98f28c584b7dee5236e379', '72346b36979eef37c3ef1c3fe41e4160747a3aa91cd53a0208987275fb858570'),
	(11, 'TRANSACTIONS_IMPORTED', 'root', 'devon', 'bae3cea2-5020-8b79-99f9-844800000000', '2026-11-24 13:07:57.967151+00', '{"file": "devon.csv", "income": "900.00", "months": ["2024-12", "2025-01", "2025-02"], "refund": "0.00", "expense": "25432.85", "skipped": 0, "accepted": 9, "rejected": 0}', '72346b36979eef37c3ef1c3fe41e4160747a3aa91cd53a0208987275fb858570', '0659410ec534bf5e3ad9120c6f6c6a5a08d518f1e4e0be1a1bc0ed36c3d01bf2'),
	(12, 'ANALYSIS_RUN', 'system', NULL, 'f016ce7b-1eda-4e31-9921-ecdf73849dfe', '2026-11-24 13:07:58.706088+00', '{"months": "2024-12..2025-02", "status": "SUCCEEDED", "analyzer": "large_transaction", "findings": 1}', '0659410ec534bf5e3ad9120c6f6c6a5a08d518f1e4e0be1a1bc0ed36c3d01bf2', 'b4c44cec197ca3e25e2e239bc275a0803ccaf583cbe9863eee9b70ce0005731c'),
	(13, 'ALERTS_GENERATED', 'system', NULL, 'large_transaction', '2026-11-24 13:07:58.899683+00', '{"gone": 0, "months": "2024-12..2025-02", "raised": 1, "updated": 0, "reopened": 0, "regressed": 0}', 'b4c44cec197ca3e25e2e239bc275a0803ccaf583cbe9863eee9b70ce0005731c', '0e3c55b91dab1a95170a059994b492d3ea4252b3e485d2c60324d24adbc88e94'),
	(14, 'ANALYSIS_RUN', 'system', NULL, '00326585-7267-491b-b1ad-ffcf62aedfaf', '2026-11-24 13:07:59.156794+00', '{"months": "2024-12..2025-02", "status": "SUCCEEDED", "analyzer": "duplicate", "findings": 3}', '0e3c55b91dab1a95170a059994b492d3ea4252b3e485d2c60324d24adbc88e94', '557bc199347826c6bd0e03b03347fe9beab21120644dfda561b99cd66869ffef'),
	(15, 'ALERTS_GENERATED', 'system', NULL, 'duplicate', '2026-11-24 13:07:59.292227+00', '{"gone": 0, "months": "2024-12..2025-02", "raised": 2, "updated": 0, "reopened": 0, "regressed": 0}', '557bc199347826c6bd0e03b03347fe9beab21120644dfda561b99cd66869ffef', '071c83a9fdc4364232909773bbb4cec3e0fe78cd80b39f9c3021e6229c6d4c0e'),
	(16, 'LOAD_RECEIVED', 'root', 'devon', '4c4158d0-15b6-8db1-9a4c-304500000000', '2026-11-24 13:08:01.713367+00', '{"file": "march.csv", "bytes": 138, "sha256": "4d23e45f6e171608adcc032c59df086b67b90d335de11b1917c3fea931478757"}', '071c83a9fdc4364232909773bbb4cec3e0fe78cd80b39f9c3021e6229c6d4c0e', '12ddb13249095d39893e07ee4a541e3c0ee7bf512b58280084e6627d89224b46'),
	(17, 'TRANSACTIONS_IMPORTED', 'root', 'devon', '4c4158d0-15b6-8db1-9a4c-304500000000', '2026-11-24 13:08:10.131743+00', '{"file": "march.csv", "income": "0.00", "months": ["2025-03"], "refund": "0.00", "expense": "5.00", "skipped": 1, "accepted": 1, "rejected": 2}', '12ddb13249095d39893e07ee4a541e3c0ee7bf512b58280084e6627d89224b46', 'd3e80480cccc6aa8842569ab64cf4e2b1951beb4c86c3060396e0f47ff13a3a5'),
	(18, 'ANALYSIS_RUN', 'system', NULL, '53e1616c-c35b-403b-b1c5-a4329860944a', '2026-11-24 13:08:10.981595+00', '{"months": "2025-03", "status": "SUCCEEDED", "analyzer": "large_transaction", "findings": 0}', 'd3e80480cccc6aa8842569ab64cf4e2b1951beb4c86c3060396e0f47ff13a3a5', '1c2a329a8b5042f0a79941452f52fb1c42822487a2b4ea690515fe8f83c55be4'),
	(19, 'ANALYSIS_RUN', 'system', NULL, '5d163df5-37f8-49c4-9fee-be5f1d58fd87', '2026-11-24 13:08:11.437074+00', '{"months": "2025-03", "status": "SUCCEEDED", "analyzer": "duplicate", "findings": 0}', '1c2a329a8b5042f0a79941452f52fb1c42822487a2b4ea690515fe8f83c55be4', '1d51a8849546d0b6d0cd6d6f11d79a560ed5dda9610b9aec694a542e0dc9e201'),
	(20, 'LOAD_RECEIVED', 'root', 'devon', 'd0454049-fee4-81a1-8256-2f4300000000', '2026-11-24 13:08:13.91618+00', '{"file": "april.csv", "bytes": 61, "sha256": "52da96f0e4dbca9298301f0e6868787b34a43df1073abcd7c54caf0d283eb9c5"}', '1d51a8849546d0b6d0cd6d6f11d79a560ed5dda9610b9aec694a542e0dc9e201', 'a1444ea5eaa85a52ce41623513fc6d75e442852fde3cd985de929aa2b6fcc1e0'),
	(21, 'LOAD_REJECTED', 'root', 'devon', 'd0454049-fee4-81a1-8256-2f4300000000', '2026-11-24 13:08:21.203028+00', '{"reason": "2 of 2 rows break a rule"}', 'a1444ea5eaa85a52ce41623513fc6d75e442852fde3cd985de929aa2b6fcc1e0', 'b3741948d02c6ac4387c6a38a86ae58cdab36eb9f9d96bac6a28a376d833dbd7'),
	(22, 'LOAD_RECEIVED', 'root', 'acme', 'd5574515-8d57-8b67-966c-b17d00000000', '2026-11-24 13:08:23.002313+00', '{"file": "acme2.csv", "bytes": 119, "sha256": "3c134be1465a3a522e757c312b2eecdeb603af3385044e0cfcda08f14f4a732a"}', 'b3741948d02c6ac4387c6a38a86ae58cdab36eb9f9d96bac6a28a376d833dbd7', '0fbf2739e804e5ea92d3ca0c5a67bfa9857e1ad13049a4305ace1198b06d9f68'),
	(23, 'TRANSACTIONS_IMPORTED', 'root', 'acme', 'd5574515-8d57-8b67-966c-b17d00000000', '2026-11-24 13:08:27.748156+00', '{"file": "acme2.csv", "income": "0.00", "months": ["2025-03"], "refund": "0.00", "expense": "206.00", "skipped": 0, "accepted": 4, "rejected": 0}', '0fbf2739e804e5ea92d3ca0c5a67bfa9857e1ad13049a4305ace1198b06d9f68', '04d09a9bac3eeecc8dc00d32d5323021d9d7b117049bdd055886850cc3c6e744'),
	(24, 'ANALYSIS_RUN', 'system', NULL, '6a50982b-f40f-48e1-957f-8b798c9c3a9f', '2026-11-24 13:08:28.349104+00', '{"months": "2025-03", "status": "SUCCEEDED", "analyzer": "large_transaction", "findings": 0}', '04d09a9bac3eeecc8dc00d32d5323021d9d7b117049bdd055886850cc3c6e744', '461aea30507198fba55e97e7513e69ce9db669db86b207add9f7b148a5375a09'),
	(25, 'ANALYSIS_RUN', 'system', NULL, 'a9bd3b70-d295-4c65-9c05-e9d9030dbe22', '2026-11-24 13:08:28.644528+00', '{"months": "2025-03", "status": "SUCCEEDED", "analyzer": "duplicate", "findings": 2}', '461aea30507198fba55e97e7513e69ce9db669db86b207add9f7b148a5375a09', '33c5da152dfbcf9e2e9a531fbe493b4e5a8d568ca12d7f4d41a6b78ebc258079'),
	(26, 'ALERTS_GENERATED', 'system', NULL, 'duplicate', '2026-11-24 13:08:28.800477+00', '{"gone": 0, "months": "2025-03", "raised": 2, "updated": 0, "reopened": 0, "regressed": 0}', '33c5da152dfbcf9e2e9a531fbe493b4e5a8d568ca12d7f4d41a6b78ebc258079', 'c6d4488596e73101f874890e1d3c14691afa1feab5ca6dacbc33853ad6627758'),
	(27, 'PARAMETERS_CHANGED', 'root', 'devon', 'large_transaction', '2026-11-24 13:08:30.906445+00', '{"after": {"floor": "20000"}, "before": {}}', 'c6d4488596e73101f874890e1d3c14691afa1feab5ca6dacbc33853ad6627758', '1facd3f431ccd5c38c5e9aa96e759f85490b22a4997df1c14fb78608c5b92d38'),
	(28, 'ANALYSIS_RUN', 'system', NULL, '9d9aaf8e-a845-4f98-b0c1-bf31602eeb64', '2026-11-24 13:08:34.294285+00', '{"months": "2024-12..2025-03", "status": "SUCCEEDED", "analyzer": "large_transaction", "findings": 1}', '1facd3f431ccd5c38c5e9aa96e759f85490b22a4997df1c14fb78608c5b92d38', 'e0718899cde110498e642e24e7947578df9ae829e6f32dc3a11bfd9916b86793'),
	(29, 'ALERTS_GENERATED', 'system', NULL, 'large_transaction', '2026-11-24 13:08:34.475832+00', '{"gone": 0, "months": "2024-12..2025-03", "raised": 0, "updated": 1, "reopened": 0, "regressed": 0}', 'e0718899cde110498e642e24e7947578df9ae829e6f32dc3a11bfd9916b86793', '5cc94209e6fcdb1f4f768a3bb48bf72aca6e8b0bcace771fdb6d76b70dfb00b3'),
	(30, 'ANALYSIS_RUN', 'system', NULL, 'd8f15f4c-23d9-402b-bd48-d3ecc35f8085', '2026-11-24 13:08:34.703637+00', '{"months": "2024-12..2025-03", "status": "SUCCEEDED", "analyzer": "duplicate", "findings": 3}', '5cc94209e6fcdb1f4f768a3bb48bf72aca6e8b0bcace771fdb6d76b70dfb00b3', '3fb1e47e6d2415b0269c5680751a0339f4291975619ebe866661b1eef6682239'),
	(31, 'ALERT_ACKNOWLEDGED', 'ann', 'acme', 'alert 1', '2026-11-24 13:08:36.92494+00', '{"to": "ACKNOWLEDGED", "from": "OPEN", "note": "looking"}', '3fb1e47e6d2415b0269c5680751a0339f4291975619ebe866661b1eef6682239', 'a4706f9d06a9239520ec868f8fab980755c974139b79383548a823f1e58ba678'),
	(32, 'ALERT_RESOLVED', 'bob', 'acme', 'alert 2', '2026-11-24 13:08:37.469959+00', '{"to": "RESOLVED", "from": "OPEN", "note": "refunded", "outcome": "fixed"}', 'a4706f9d06a9239520ec868f8fab980755c974139b79383548a823f1e58ba678', 'ad332cd06991f5062c94b75d6fd4e7a6bada5def09875c800efda4c63b1ad287'),
	(33, 'ALERT_ACKNOWLEDGED', 'bob', 'devon', 'alert 4', '2026-11-24 13:08:38.057702+00', '{"to": "ACKNOWLEDGED", "from": "OPEN"}', 'ad332cd06991f5062c94b75d6fd4e7a6bada5def09875c800efda4c63b1ad287', '459da730cf43f2e36d9f2bae5dfab160f39ffd890cdeedf134b139c049285d80'),
	(34, 'LOAD_RECEIVED', 'root', 'acme', '228c6c4e-f1a7-8dd5-9d05-eeb800000000', '2026-11-24 13:08:38.620483+00', '{"file": "refund.csv", "bytes": 53, "sha256": "c78d10343358f577776d0d5202ede072768804e9fafa669857034a34ed4a844a"}', '459da730cf43f2e36d9f2bae5dfab160f39ffd890cdeedf134b139c049285d80', '974db363dfdb7518aed522dfaceb77ef6c310fe4344cee451f3ba4ec813d07d5'),
	(35, 'TRANSACTIONS_IMPORTED', 'root', 'acme', '228c6c4e-f1a7-8dd5-9d05-eeb800000000', '2026-11-24 13:08:45.602173+00', '{"file": "refund.csv", "income": "0.00", "months": ["2025-03"], "refund": "33.00", "expense": "0.00", "skipped": 0, "accepted": 1, "rejected": 0}', '974db363dfdb7518aed522dfaceb77ef6c310fe4344cee451f3ba4ec813d07d5', '50dda6eccd1d7ff7ef50c59364083fe8eb6de362a89228e329fc676446290a26'),
	(36, 'ANALYSIS_RUN', 'system', NULL, '8dd843c0-c6ac-4692-80be-d3a2cebe9a8e', '2026-11-24 13:08:46.201834+00', '{"months": "2025-03", "status": "SUCCEEDED", "analyzer": "large_transaction", "findings": 0}', '50dda6eccd1d7ff7ef50c59364083fe8eb6de362a89228e329fc676446290a26', 'e16ffa42885f2b66b3fc403b7489e3e7dec444d913154748f5d289c727508526'),
	(37, 'ANALYSIS_RUN', 'system', NULL, '0e1a54e9-0c77-41cb-84b3-8088b4f48f6d', '2026-11-24 13:08:46.49771+00', '{"months": "2025-03", "status": "SUCCEEDED", "analyzer": "duplicate", "findings": 2}', 'e16ffa42885f2b66b3fc403b7489e3e7dec444d913154748f5d289c727508526', 'a772d7271d19936eea9c32be01272a779201d89e4726aa9c5cb7217108cc8495'),
	(38, 'LOAD_RECEIVED', 'root', 'acme', 'f881d423-06ea-867d-a9e2-996a00000000', '2026-11-24 13:08:49.14197+00', '{"file": "waiting.csv", "bytes": 69, "sha256": "b51ed05211bd133b501cd8d5362fcc09ef18ed2c658e6f0e08f1ae7e6de24204"}', 'a772d7271d19936eea9c32be01272a779201d89e4726aa9c5cb7217108cc8495', 'da50f3334e0b85af950cc8dc7c7d6597c8df5617698ae210272b0fe3b612ff72'),
	(39, 'TRANSACTIONS_IMPORTED', 'root', 'acme', 'f881d423-06ea-867d-a9e2-996a00000000', '2026-11-24 13:08:56.196577+00', '{"file": "waiting.csv", "income": "0.00", "months": ["2025-04"], "refund": "0.00", "expense": "20.00", "skipped": 0, "accepted": 2, "rejected": 0}', 'da50f3334e0b85af950cc8dc7c7d6597c8df5617698ae210272b0fe3b612ff72', '42d61f849727948604c4b74d5658539f7169b1a55518ab2bb5207d33d416bdaf');


--
-- Data for Name: loads; Type: TABLE DATA; Schema: ledgerwatch; Owner: -
--

INSERT INTO ledgerwatch.loads VALUES
	('e0032835-27c6-857c-9e7a-5a2400000000', '218edc53-28e6-4dd8-839b-dde2cff1d631', 'e402c23e4885ffa2bd8eee1544685ca17f56cff16abe8a885266e16787a13964', 'acme.csv', 2563, 'ACCEPTED', 'reject', 'null', NULL, '2026-11-24 13:07:38.163334+00', '2026-11-24 13:07:47.01456+00', 39, 39, 0, 0, 0, 33563.01, 32935.00, 0.00, '{2025-01-01,2025-02-01,2025-03-01}', '{}', NULL),
	('bae3cea2-5020-8b79-99f9-844800000000', '7b20f650-e2b7-4aa1-a6e6-d7e1babea91e', '19646f6eaad8f051c761748d51a2dfe8f9b91cced8302d26ac244ea4954a2562', 'devon.csv', 385, 'ACCEPTED', 'reject', 'null', NULL, '2026-11-24 13:07:51.392423+00', '2026-11-24 13:07:57.962928+00', 9, 9, 0, 0, 0, 25432.85, 900.00, 0.00, '{2024-12-01,2025-01-01,2025-02-01}', '{}', NULL),
	('4c4158d0-15b6-8db1-9a4c-304500000000', '7b20f650-e2b7-4aa1-a6e6-d7e1babea91e', '4d23e45f6e171608adcc032c59df086b67b90d335de11b1917c3fea931478757', 'march.csv', 138, 'ACCEPTED', 'quarantine', 'null', NULL, '2026-11-24 13:08:01.708778+00', '2026-11-24 13:08:10.127934+00', 4, 1, 2, 1, 0, 5.00, 0.00, 0.00, '{2025-03-01}', '{"amount_exponent": 1, "vendor_required": 1}', NULL),
	('d0454049-fee4-81a1-8256-2f4300000000', '7b20f650-e2b7-4aa1-a6e6-d7e1babea91e', '52da96f0e4dbca9298301f0e6868787b34a43df1073abcd7c54caf0d283eb9c5', 'april.csv', 61, 'REJECTED', 'reject', 'null', NULL, '2026-11-24 13:08:13.911296+00', '2026-11-24 13:08:21.199861+00', 2, 0, 2, 0, 0, 0.00, 0.00, 0.00, '{}', '{"date_calendar": 1, "amount_thousands": 1}', '2 of 2 rows break a rule'),
	('d5574515-8d57-8b67-966c-b17d00000000', '218edc53-28e6-4dd8-839b-dde2cff1d631', '3c134be1465a3a522e757c312b2eecdeb603af3385044e0cfcda08f14f4a732a', 'acme2.csv', 119, 'ACCEPTED', 'reject', 'null', NULL, '2026-11-24 13:08:22.999341+00', '2026-11-24 13:08:27.744346+00', 4, 4, 0, 0, 0, 206.00, 0.00, 0.00, '{2025-03-01}', '{}', NULL),
	('228c6c4e-f1a7-8dd5-9d05-eeb800000000', '218edc53-28e6-4dd8-839b-dde2cff1d631', 'c78d10343358f577776d0d5202ede072768804e9fafa669857034a34ed4a844a', 'refund.csv', 53, 'ACCEPTED', 'reject', 'null', NULL, '2026-11-24 13:08:38.61531+00', '2026-11-24 13:08:45.597386+00', 1, 1, 0, 0, 0, 0.00, 0.00, 33.00, '{2025-03-01}', '{}', NULL),
	('f881d423-06ea-867d-a9e2-996a00000000', '218edc53-28e6-4dd8-839b-dde2cff1d631', 'b51ed05211bd133b501cd8d5362fcc09ef18ed2c658e6f0e08f1ae7e6de24204', 'waiting.csv', 69, 'ACCEPTED', 'reject', 'null', NULL, '2026-11-24 13:08:49.13724+00', '2026-11-24 13:08:56.19205+00', 2, 2, 0, 0, 0, 20.00, 0.00, 0.00, '{2025-04-01}', '{}', NULL);


--
-- Data for Name: months_due; Type: TABLE DATA; Schema: ledgerwatch; Owner: -
--

INSERT INTO ledgerwatch.months_due OVERRIDING SYSTEM VALUE VALUES
	(14, '218edc53-28e6-4dd8-839b-dde2cff1d631', '2025-04-01');


--
-- Data for Name: organizations; Type: TABLE DATA; Schema: ledgerwatch; Owner: -
--

INSERT INTO ledgerwatch.organizations VALUES
	('218edc53-28e6-4dd8-839b-dde2cff1d631', 'acme', 'Acme Ltd', 'USD', NULL, NULL, '{Revenue}', '2026-11-24 13:07:36.263936+00'),
	('7b20f650-e2b7-4aa1-a6e6-d7e1babea91e', 'devon', 'Devon County Council', 'GBP', 1000.00, '2019-12-31', '{Revenue}', '2026-11-24 13:07:36.982211+00'),
	('a11ed40e-8ccd-4abc-b227-9a6f9b211024', 'nodata', 'No Data Inc', 'USD', NULL, NULL, '{Revenue}', '2026-11-24 13:07:37.587541+00');


--
-- Name: months_due_seq_seq; Type: SEQUENCE SET; Schema: ledgerwatch; Owner: -
--

SELECT pg_catalog.setval('ledgerwatch.months_due_seq_seq', 14, true);


--
-- Name: ducklake_data_file ducklake_data_file_pkey; Type: CONSTRAINT; Schema: ducklake; Owner: -
--

ALTER TABLE ONLY ducklake.ducklake_data_file
    ADD CONSTRAINT ducklake_data_file_pkey PRIMARY KEY (data_file_id);


--
-- Name: ducklake_delete_file ducklake_delete_file_pkey; Type: CONSTRAINT; Schema: ducklake; Owner: -
--

ALTER TABLE ONLY ducklake.ducklake_delete_file
    ADD CONSTRAINT ducklake_delete_file_pkey PRIMARY KEY (delete_file_id);


--
-- Name: ducklake_schema ducklake_schema_pkey; Type: CONSTRAINT; Schema: ducklake; Owner: -
--

ALTER TABLE ONLY ducklake.ducklake_schema
    ADD CONSTRAINT ducklake_schema_pkey PRIMARY KEY (schema_id);


--
-- Name: ducklake_snapshot_changes ducklake_snapshot_changes_pkey; Type: CONSTRAINT; Schema: ducklake; Owner: -
--

ALTER TABLE ONLY ducklake.ducklake_snapshot_changes
    ADD CONSTRAINT ducklake_snapshot_changes_pkey PRIMARY KEY (snapshot_id);


--
-- Name: ducklake_snapshot ducklake_snapshot_pkey; Type: CONSTRAINT; Schema: ducklake; Owner: -
--

ALTER TABLE ONLY ducklake.ducklake_snapshot
    ADD CONSTRAINT ducklake_snapshot_pkey PRIMARY KEY (snapshot_id);


--
-- Name: alembic_version alembic_version_pkc; Type: CONSTRAINT; Schema: ledgerwatch; Owner: -
--

ALTER TABLE ONLY ledgerwatch.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);


--
-- Name: alerts alerts_number_key; Type: CONSTRAINT; Schema: ledgerwatch; Owner: -
--

ALTER TABLE ONLY ledgerwatch.alerts
    ADD CONSTRAINT alerts_number_key UNIQUE (number);


--
-- Name: alerts alerts_organization_id_fingerprint_key; Type: CONSTRAINT; Schema: ledgerwatch; Owner: -
--

ALTER TABLE ONLY ledgerwatch.alerts
    ADD CONSTRAINT alerts_organization_id_fingerprint_key UNIQUE (organization_id, fingerprint);


--
-- Name: alerts alerts_pkey; Type: CONSTRAINT; Schema: ledgerwatch; Owner: -
--

ALTER TABLE ONLY ledgerwatch.alerts
    ADD CONSTRAINT alerts_pkey PRIMARY KEY (id);


--
-- Name: analysis_runs analysis_runs_pkey; Type: CONSTRAINT; Schema: ledgerwatch; Owner: -
--

ALTER TABLE ONLY ledgerwatch.analysis_runs
    ADD CONSTRAINT analysis_runs_pkey PRIMARY KEY (id);


--
-- Name: analyzer_parameters analyzer_parameters_pkey; Type: CONSTRAINT; Schema: ledgerwatch; Owner: -
--

ALTER TABLE ONLY ledgerwatch.analyzer_parameters
    ADD CONSTRAINT analyzer_parameters_pkey PRIMARY KEY (organization_id, analyzer);


--
-- Name: audit_events audit_events_hash_key; Type: CONSTRAINT; Schema: ledgerwatch; Owner: -
--

ALTER TABLE ONLY ledgerwatch.audit_events
    ADD CONSTRAINT audit_events_hash_key UNIQUE (hash);


--
-- Name: audit_events audit_events_pkey; Type: CONSTRAINT; Schema: ledgerwatch; Owner: -
--

ALTER TABLE ONLY ledgerwatch.audit_events
    ADD CONSTRAINT audit_events_pkey PRIMARY KEY (seq);


--
-- Name: loads loads_organization_id_sha256_key; Type: CONSTRAINT; Schema: ledgerwatch; Owner: -
--

ALTER TABLE ONLY ledgerwatch.loads
    ADD CONSTRAINT loads_organization_id_sha256_key UNIQUE (organization_id, sha256);


--
-- Name: loads loads_pkey; Type: CONSTRAINT; Schema: ledgerwatch; Owner: -
--

ALTER TABLE ONLY ledgerwatch.loads
    ADD CONSTRAINT loads_pkey PRIMARY KEY (id);


--
-- Name: months_due months_due_pkey; Type: CONSTRAINT; Schema: ledgerwatch; Owner: -
--

ALTER TABLE ONLY ledgerwatch.months_due
    ADD CONSTRAINT months_due_pkey PRIMARY KEY (seq);


--
-- Name: organizations organizations_name_key; Type: CONSTRAINT; Schema: ledgerwatch; Owner: -
--

ALTER TABLE ONLY ledgerwatch.organizations
    ADD CONSTRAINT organizations_name_key UNIQUE (name);


--
-- Name: organizations organizations_pkey; Type: CONSTRAINT; Schema: ledgerwatch; Owner: -
--

ALTER TABLE ONLY ledgerwatch.organizations
    ADD CONSTRAINT organizations_pkey PRIMARY KEY (id);


--
-- Name: organizations organizations_slug_key; Type: CONSTRAINT; Schema: ledgerwatch; Owner: -
--

ALTER TABLE ONLY ledgerwatch.organizations
    ADD CONSTRAINT organizations_slug_key UNIQUE (slug);


--
-- Name: alerts_of_month; Type: INDEX; Schema: ledgerwatch; Owner: -
--

CREATE INDEX alerts_of_month ON ledgerwatch.alerts USING btree (analyzer, month);


--
-- Name: alerts_open_ranked; Type: INDEX; Schema: ledgerwatch; Owner: -
--

CREATE INDEX alerts_open_ranked ON ledgerwatch.alerts USING btree (severity DESC, amount DESC, number) WHERE (status <> 'RESOLVED'::text);


--
-- Name: analysis_runs_newest; Type: INDEX; Schema: ledgerwatch; Owner: -
--

CREATE INDEX analysis_runs_newest ON ledgerwatch.analysis_runs USING btree (created_at DESC, id);


--
-- Name: loads_newest; Type: INDEX; Schema: ledgerwatch; Owner: -
--

CREATE INDEX loads_newest ON ledgerwatch.loads USING btree (received_at DESC, id);


--
-- Name: loads_received; Type: INDEX; Schema: ledgerwatch; Owner: -
--

CREATE INDEX loads_received ON ledgerwatch.loads USING btree (received_at) WHERE (status = 'RECEIVED'::text);


--
-- Name: months_due_month; Type: INDEX; Schema: ledgerwatch; Owner: -
--

CREATE INDEX months_due_month ON ledgerwatch.months_due USING btree (month);


--
-- Name: audit_events audit_events_no_change; Type: TRIGGER; Schema: ledgerwatch; Owner: -
--

CREATE TRIGGER audit_events_no_change BEFORE DELETE OR UPDATE ON ledgerwatch.audit_events FOR EACH ROW EXECUTE FUNCTION ledgerwatch.refuse_change();


--
-- Name: audit_events audit_events_no_truncate; Type: TRIGGER; Schema: ledgerwatch; Owner: -
--

CREATE TRIGGER audit_events_no_truncate BEFORE TRUNCATE ON ledgerwatch.audit_events FOR EACH STATEMENT EXECUTE FUNCTION ledgerwatch.refuse_change();


--
-- Name: alerts alerts_analysis_run_id_fkey; Type: FK CONSTRAINT; Schema: ledgerwatch; Owner: -
--

ALTER TABLE ONLY ledgerwatch.alerts
    ADD CONSTRAINT alerts_analysis_run_id_fkey FOREIGN KEY (analysis_run_id) REFERENCES ledgerwatch.analysis_runs(id);


--
-- Name: alerts alerts_organization_id_fkey; Type: FK CONSTRAINT; Schema: ledgerwatch; Owner: -
--

ALTER TABLE ONLY ledgerwatch.alerts
    ADD CONSTRAINT alerts_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES ledgerwatch.organizations(id);


--
-- Name: analyzer_parameters analyzer_parameters_organization_id_fkey; Type: FK CONSTRAINT; Schema: ledgerwatch; Owner: -
--

ALTER TABLE ONLY ledgerwatch.analyzer_parameters
    ADD CONSTRAINT analyzer_parameters_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES ledgerwatch.organizations(id);


--
-- Name: loads loads_organization_id_fkey; Type: FK CONSTRAINT; Schema: ledgerwatch; Owner: -
--

ALTER TABLE ONLY ledgerwatch.loads
    ADD CONSTRAINT loads_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES ledgerwatch.organizations(id);


--
-- Name: months_due months_due_organization_id_fkey; Type: FK CONSTRAINT; Schema: ledgerwatch; Owner: -
--

ALTER TABLE ONLY ledgerwatch.months_due
    ADD CONSTRAINT months_due_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES ledgerwatch.organizations(id);


--
-- PostgreSQL database dump complete
--

\unrestrict WnCCyQDhFxP8OUSjVbfKdtJ7q2nnORz9qCI8YxNaBWs4fe5DmgR0gBYAmpF5eqb

