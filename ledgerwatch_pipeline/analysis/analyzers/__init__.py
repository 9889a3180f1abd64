"""The built-in analyzers: one module a rule, beside its SQL text in ``sql/analyzers``."""
