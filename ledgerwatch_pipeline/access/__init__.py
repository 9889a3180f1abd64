"""Who acts, in which role, for which organizations. Checked by the use cases; keys and sessions are not here."""
