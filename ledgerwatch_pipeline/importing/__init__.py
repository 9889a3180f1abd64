"""From a delivered file to rows of the ledger: receive → read → stage → check → decide → accept.

``receive`` archives and registers, ``readers`` turn bytes into text columns, ``stage`` types them and names what is wrong, ``check``
holds the staged rows against Great Expectations, ``decide`` settles external ids and accepts or rejects, ``judge`` is all of that for
a batch, and keeps nothing; ``accept`` writes what was judged, ``dry_run`` only tells it, and ``profile_check`` how
it was read. ``draft`` writes a first profile for an unknown file. Which loads are taken up, and what happens
when one fails, is ``pipeline``'s; analysis of what was imported is ``analysis``'.
"""
