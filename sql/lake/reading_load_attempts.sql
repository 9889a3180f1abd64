-- PostgreSQL. Which attempt's rejected rows hold, for the view `rejected_rows`.
SELECT id AS load_id, attempts FROM loads
