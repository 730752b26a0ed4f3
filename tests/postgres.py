"""A pytest plugin: gives the tests a PostgreSQL before Django's settings are read."""
