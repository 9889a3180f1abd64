"""How Hypothesis draws here: the same ledgers each time, so that a test that passes once passes again."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "repeatable",
    derandomize=True,
    database=None,
    deadline=None,  # machines differ
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("repeatable")
