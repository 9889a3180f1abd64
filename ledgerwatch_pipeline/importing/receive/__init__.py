"""Taking delivered files in: archived and registered, not yet read. ``files`` for named files, ``inbox`` for a folder of many."""
