-- Budget limits that organizations set, and which of them a run used.
CREATE TABLE thresholds (
    id UUID PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id),
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    period TEXT NOT NULL,
    scope_kind TEXT NOT NULL,
    scope_value TEXT,
    type TEXT NOT NULL,
    operator TEXT NOT NULL,
    amount NUMERIC(18, 4) NOT NULL,
    warn_at NUMERIC(6, 4),
    severity TEXT NOT NULL,
    valid_from DATE,
    valid_to DATE,
    version INTEGER NOT NULL DEFAULT 1,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
    CONSTRAINT thresholds_organization_id_slug_key UNIQUE (organization_id, slug),
    CONSTRAINT thresholds_slug CHECK (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    CONSTRAINT thresholds_name CHECK (length(name) BETWEEN 1 AND 255),
    CONSTRAINT thresholds_period CHECK (period IN ('transaction', 'day', 'week', 'month', 'quarter', 'year')),
    CONSTRAINT thresholds_scope_kind CHECK (scope_kind IN ('all', 'category', 'vendor')),
    CONSTRAINT thresholds_scope CHECK ((scope_kind = 'all') = (scope_value IS NULL)),
    CONSTRAINT thresholds_type CHECK (type IN ('expense', 'income')),
    CONSTRAINT thresholds_operator CHECK (operator IN ('>', '>=', '<', '<=')),
    CONSTRAINT thresholds_amount CHECK (amount > 0),
    CONSTRAINT thresholds_warns CHECK ((operator IN ('>', '>=')) = (warn_at IS NOT NULL)),
    CONSTRAINT thresholds_warn_at CHECK (warn_at > 0 AND warn_at < 100),
    CONSTRAINT thresholds_severity CHECK (severity IN ('LOW', 'MEDIUM', 'HIGH')),
    CONSTRAINT thresholds_validity CHECK (valid_from <= valid_to),
    CONSTRAINT thresholds_version CHECK (version > 0)
);
COMMENT ON TABLE thresholds IS 'budget limits that organizations set';
COMMENT ON COLUMN thresholds.scope_value IS 'the category or vendor as a person wrote it';
COMMENT ON COLUMN thresholds.warn_at IS 'percent of the amount from which it counts as approached';

ALTER TABLE analysis_run_results ADD COLUMN thresholds JSONB NOT NULL DEFAULT '[]';
COMMENT ON COLUMN analysis_run_results.thresholds IS 'as used, see model.threshold';

ALTER TABLE analysis_work DROP CONSTRAINT analysis_work_cause;
ALTER TABLE analysis_work ADD CONSTRAINT analysis_work_cause CHECK (
    cause IN ('load', 'parameters', 'request', 'new', 'version', 'threshold')
);
