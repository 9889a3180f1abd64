"""Dagster's face: assets, checks, jobs, and running them in this process so that they appear in the UI."""
