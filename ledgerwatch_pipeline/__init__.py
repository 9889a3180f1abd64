"""LedgerWatch: exact ledgers, monthly findings and alerts for the transactions of many organizations.

Layers, each importing only those to its right: faces (``cli``, ``dagster_runtime``, ``defs``), ``pipeline``, use cases
(``importing``, ``analysis``, ``alerting``), ``stores``, ``access``, ``model``. docs/architecture.md tells the way of a file to an
alert.
"""

__version__ = "0.1.0"
