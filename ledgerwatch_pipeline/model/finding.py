"""What a finding is made of: the columns of the lake's table ``findings``, in words for people.

Findings are made and read in bulk, by SQL (``analysis.evaluate``, ``stores.lake.findings``); there is no value of a single one.
"""

FINDING_COLUMNS: dict[str, str] = {
    "analyzer": "The analyzer that saw it.",
    "organization_id": "The organization in whose ledger it was seen; people see its slug.",
    "month": "The first day of the month it is of.",
    "fingerprint": "What makes it the same as another month's or run's: findings with one fingerprint feed one alert.",
    "severity": "1 LOW, 2 MEDIUM, 3 HIGH: sorts as people rank.",
    "subject": "What it is about: a vendor, a threshold, the organization.",
    "title": "One line for a list.",
    "message": "A sentence with the figures written out.",
    "amount": "The amount at stake, exact, in the organization's currency.",
    "evidence": "The figures it follows from, as JSON; amounts are texts.",
    "transactions": "Ids of the transactions it rests on.",
    "analysis_run_id": "The run that found it. Which run holds for a month says the table `current_runs` of PostgreSQL.",
    "ledger_snapshot": "The snapshot of the lake that the run read.",
    "kind": "Which of the analyzer's messages it has; absent in findings of version 0.1.",
}
"""Column → what it holds."""
