"""The steps every runner calls: import what waits, plan, analyse, raise. Retries and isolation live here, queues in stores.postgres."""
