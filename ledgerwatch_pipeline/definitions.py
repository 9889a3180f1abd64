"""The code location: what Dagster loads, with the home that the environment names."""

from ledgerwatch_pipeline.defs.assembly import build_definitions

__all__ = ["build_definitions", "defs"]

defs = build_definitions()
