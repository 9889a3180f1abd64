"""The forensic reports, one a module."""
