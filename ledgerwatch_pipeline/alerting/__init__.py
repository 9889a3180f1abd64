"""Alerts: raised in bulk from findings (``raising``), worked on one by one by people (``act``), shown by month (``open_alerts``)."""
