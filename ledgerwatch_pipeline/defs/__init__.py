"""Dagster's face: assets, checks, jobs. Running them in a command's own process: ``dagster_runtime``."""
