"""Taking delivered files in: archived and registered, not yet read.

``files`` for files that a person names, ``inbox`` for a folder of many, ``archive`` where their bytes go, ``options`` how they
are to be read.
"""
