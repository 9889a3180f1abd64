"""Taking delivered files in: archived and registered, not yet read.

``files`` for files that a person names, ``inbox`` for a place of many, which is a ``folder`` or ``objects`` of a store (``places``
tells which); ``archive`` where their bytes go, ``source`` what it reads them from, ``options`` how they are to be read.
"""
