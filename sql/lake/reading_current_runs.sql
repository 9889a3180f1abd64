-- PostgreSQL. Which run's findings hold, for the view `findings`.
SELECT organization_id, analyzer, month, run_id FROM current_runs
