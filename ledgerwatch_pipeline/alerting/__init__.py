"""Alerts: raised in bulk from findings (``raising``), worked on one by one by people (``transitions``)."""
