-- Loads that look like a re-export of what the ledger has are held until somebody releases or rejects them. And whether the
-- process that delivered a load still waits for it: the same bytes from another one have been delivered already then.
ALTER TABLE loads
ADD COLUMN on_overlap TEXT NOT NULL DEFAULT 'hold',
ADD COLUMN overlap JSONB,
ADD COLUMN released_by TEXT,
ADD COLUMN released_at TIMESTAMP WITH TIME ZONE,
ADD COLUMN released_note TEXT,
ADD COLUMN delivery INTEGER,
DROP CONSTRAINT loads_status,
ADD CONSTRAINT loads_status CHECK (status IN ('RECEIVED', 'ACCEPTED', 'REJECTED', 'HELD', 'FAILED')),
DROP CONSTRAINT loads_finished,
ADD CONSTRAINT loads_finished CHECK ((status IN ('ACCEPTED', 'REJECTED', 'HELD')) = (finished_at IS NOT NULL)),
DROP CONSTRAINT loads_reason,
ADD CONSTRAINT loads_reason CHECK (status NOT IN ('REJECTED', 'HELD') OR reason IS NOT NULL),
ADD CONSTRAINT loads_on_overlap CHECK (on_overlap IN ('hold', 'keep', 'skip')),
ADD CONSTRAINT loads_overlap CHECK (status <> 'HELD' OR (overlap IS NOT NULL AND on_overlap = 'hold')),
ADD CONSTRAINT loads_released CHECK (
    num_nulls(released_by, released_at, released_note) IN (0, 3) AND (released_at IS NULL OR on_overlap <> 'hold')
);
COMMENT ON COLUMN loads.overlap IS 'why it is held, see model.load.Overlap';
COMMENT ON COLUMN loads.released_by IS 'who let a held load go on, with on_overlap as it is since';
COMMENT ON COLUMN loads.delivery IS 'key of the process that delivered it and waits for it: its lock is free afterwards';
CREATE INDEX loads_held ON loads (received_at, id) WHERE status = 'HELD';

ALTER TABLE notified_problems
DROP CONSTRAINT notified_problems_kind,
ADD CONSTRAINT notified_problems_kind CHECK (kind IN ('failed', 'rejected', 'held', 'overdue'));
