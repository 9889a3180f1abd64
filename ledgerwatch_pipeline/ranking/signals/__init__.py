"""One module a kind of signals. ``ranking.registry`` has them in their order."""
