"""Use case: which of all that stands in the ledgers a person should look at first.

``signals`` has the kinds, ``evaluate`` computes signals and ranked cases over a scope, ``run`` records them, ``explain`` says them
in words. What people do to a case is ``alerting``'s.
"""
