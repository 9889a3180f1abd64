"""Where things are kept: ``postgres`` (what people and runs change) and ``lake`` (what is computed). A store decides nothing."""
