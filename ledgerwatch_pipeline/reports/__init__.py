"""Forensic reports: what an auditor asks of the amounts of a ledger as a whole. They read the lake and write nothing.

A report is a module of ``forensic`` and a text of ``sql/reports``; ``registry`` lists them, ``compute`` answers one, ``chart``
draws its answer. Reports are no analyzers: they decide no finding and raise no alert. So what is a real number of
statistics (proportions, MAD, z, chi-square) may be a float here; counts and amounts are exact.
"""
