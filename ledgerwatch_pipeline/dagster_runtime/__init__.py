"""All that touches Dagster below its public API: storage, instance, launching runs in this process. Assets are ``defs``."""
