-- What `list_cases` reads: the cases of the lists, in the order of the columns in which they are copied; and the months ranked.
CREATE TEMP TABLE listed (
    organization_id UUID,
    month DATE,
    subject TEXT,
    name TEXT,
    rank INTEGER,
    score INTEGER,
    stake NUMERIC(28, 4),
    kinds VARCHAR[],
    signals TEXT,
    transactions UUID[],
    score_version INTEGER,
    judged_as TEXT,
    judged_in INTEGER,
    analysis_run_id UUID
) ON COMMIT DROP;
CREATE TEMP TABLE listed_scope (organization_id UUID, first_month DATE, last_month DATE) ON COMMIT DROP
