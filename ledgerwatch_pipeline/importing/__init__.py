"""From a delivered file to rows of the ledger: receive → read → stage → check → promote.

``receiving`` registers and archives, ``readers`` turn bytes into text columns, ``staging`` types them and names what is
wrong, ``external_ids`` holds them against the ledger, ``expectations`` checks the staged rows with Great Expectations,
``importer`` is the use case that faces call and writes them. Analysis of what was imported is ``analyzers``' business.
"""
