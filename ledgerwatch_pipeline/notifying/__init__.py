"""Notifications: where they go (``configuration``), what they say (``messages``), and how they are sent (``sending``).

What is new, and what was told already, is the use case's (``pipeline.notify``) and the store's.
"""
