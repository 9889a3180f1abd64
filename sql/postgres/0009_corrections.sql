-- Corrections: what people took out of the ledger, brought back or entered by hand. The lake's `taken_out` and
-- `withdrawn_loads` follow from them. A load that was withdrawn may be delivered again: `ordinal` counts the deliveries of
-- the same bytes.
ALTER TABLE loads
ADD COLUMN origin TEXT NOT NULL DEFAULT 'file',
ADD COLUMN ordinal INTEGER NOT NULL DEFAULT 1,
ADD COLUMN withdrawn_by TEXT,
ADD COLUMN withdrawn_at TIMESTAMP WITH TIME ZONE,
ADD COLUMN withdrawn_reason TEXT,
DROP CONSTRAINT loads_organization_id_sha256_key,
ADD CONSTRAINT loads_organization_id_sha256_ordinal_key UNIQUE (organization_id, sha256, ordinal),
DROP CONSTRAINT loads_status,
ADD CONSTRAINT loads_status CHECK (status IN ('RECEIVED', 'ACCEPTED', 'REJECTED', 'HELD', 'FAILED', 'WITHDRAWN')),
DROP CONSTRAINT loads_finished,
ADD CONSTRAINT loads_finished CHECK ((status IN ('ACCEPTED', 'REJECTED', 'HELD', 'WITHDRAWN')) = (finished_at IS NOT NULL)),
ADD CONSTRAINT loads_origin CHECK (origin IN ('file', 'correction')),
ADD CONSTRAINT loads_ordinal CHECK (ordinal > 0),
ADD CONSTRAINT loads_withdrawn CHECK (
    (status = 'WITHDRAWN') = (withdrawn_at IS NOT NULL)
    AND (withdrawn_at IS NULL) = (withdrawn_by IS NULL)
    AND (withdrawn_at IS NULL) = (withdrawn_reason IS NULL)
);
COMMENT ON COLUMN loads.origin IS 'file: somebody delivered it; correction: it carries the row of a correction';
COMMENT ON COLUMN loads.ordinal IS 'which delivery of these bytes it is: those before it were withdrawn';
COMMENT ON COLUMN loads.withdrawn_by IS 'who took all of its rows out of the ledger';

CREATE TABLE corrections (
    id UUID NOT NULL,
    number BIGINT NOT NULL GENERATED ALWAYS AS IDENTITY,
    organization_id UUID NOT NULL,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    load_id UUID,
    row_number BIGINT,
    new_load_id UUID,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL,
    key TEXT,
    request TEXT NOT NULL,
    error TEXT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
    finished_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT corrections_pkey PRIMARY KEY (id),
    CONSTRAINT corrections_kind CHECK (kind IN ('void', 'replace', 'add', 'withdraw', 'restore')),
    CONSTRAINT corrections_status CHECK (status IN ('PENDING', 'APPLIED', 'REJECTED')),
    CONSTRAINT corrections_subject CHECK ((kind = 'add') = (load_id IS NULL)),
    CONSTRAINT corrections_row CHECK ((kind IN ('void', 'replace', 'restore')) = (row_number IS NOT NULL)),
    CONSTRAINT corrections_new CHECK ((kind IN ('add', 'replace')) = (new_load_id IS NOT NULL)),
    CONSTRAINT corrections_reason CHECK (length(reason) BETWEEN 1 AND 2000),
    CONSTRAINT corrections_key CHECK (length(key) BETWEEN 1 AND 255),
    CONSTRAINT corrections_finished CHECK ((status = 'PENDING') = (finished_at IS NULL)),
    CONSTRAINT corrections_error CHECK ((status = 'REJECTED') = (error IS NOT NULL)),
    CONSTRAINT corrections_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
    CONSTRAINT corrections_load_id_fkey FOREIGN KEY (load_id) REFERENCES loads (id),
    CONSTRAINT corrections_new_load_id_fkey FOREIGN KEY (new_load_id) REFERENCES loads (id)
);
COMMENT ON TABLE corrections IS 'what people changed about the ledger: each a row of its own, and none is ever changed back';
COMMENT ON COLUMN corrections.load_id IS 'the load that is withdrawn, or whose row is meant';
COMMENT ON COLUMN corrections.new_load_id IS 'the load that carries the row put in';
COMMENT ON COLUMN corrections.key IS 'by which a repeated command is known for the same one';
COMMENT ON COLUMN corrections.request IS 'sha256 of what was asked for: the same key with another request is a conflict';
COMMENT ON COLUMN corrections.error IS 'why nothing came of it';
CREATE UNIQUE INDEX corrections_of_key ON corrections (organization_id, key) WHERE status <> 'REJECTED';
CREATE INDEX corrections_of_subject ON corrections (load_id, row_number, number);
CREATE INDEX corrections_of_new_load ON corrections (new_load_id) WHERE new_load_id IS NOT NULL;
CREATE INDEX corrections_recent ON corrections (organization_id, number);
CREATE INDEX corrections_waiting ON corrections (number) WHERE status = 'PENDING';
