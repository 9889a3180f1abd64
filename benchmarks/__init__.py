"""How fast LedgerWatch is beside a bare DuckDB script of the same work. Not part of the package; see docs/benchmarks.md.

``data`` writes the files, ``bare`` is the script, ``product`` runs LedgerWatch as a person would, ``memory`` watches
processes, ``run`` is the command. No timing code is in the product: stages are read off its audit log.
"""
