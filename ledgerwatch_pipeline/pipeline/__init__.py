"""The steps every runner calls: import what waits, plan, analyse, raise. The work queue, retries and isolation live here."""
