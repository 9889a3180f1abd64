"""Bad and odd inputs of every format as tables, and what must become of each."""
