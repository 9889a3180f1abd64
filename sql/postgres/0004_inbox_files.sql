-- What lies in the inboxes that are watched.
CREATE TABLE inbox_files (
    inbox TEXT NOT NULL,
    path TEXT NOT NULL,
    organization TEXT,
    bytes BIGINT NOT NULL,
    changed_ns BIGINT NOT NULL,
    state TEXT NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    load_id UUID REFERENCES loads (id),
    reason TEXT,
    CONSTRAINT inbox_files_pkey PRIMARY KEY (inbox, path),
    CONSTRAINT inbox_files_state CHECK (state IN ('SETTLING', 'SETTLED', 'RECEIVED', 'MISPLACED', 'UNREADABLE')),
    CONSTRAINT inbox_files_received CHECK ((state = 'RECEIVED') = (load_id IS NOT NULL)),
    CONSTRAINT inbox_files_reason CHECK ((state IN ('MISPLACED', 'UNREADABLE')) = (reason IS NOT NULL))
);
COMMENT ON TABLE inbox_files IS 'files of the inboxes that are watched, see model.inbox';
COMMENT ON COLUMN inbox_files.organization IS 'what the file''s folder is called, which may be no organization';
COMMENT ON COLUMN inbox_files.changed_ns IS 'the later of the times of content and entry, nanoseconds';
CREATE INDEX inbox_files_load ON inbox_files (load_id) WHERE load_id IS NOT NULL;
