"""Pages, searches and the API may read from a streaming replica, which DATABASE_REPLICA_URL names.

`middleware` chooses the requests; `state` knows how far the replica is, and so whether it may answer; `checks` looks at
it for `manage.py check`.
"""

REPLICA = "replica"
"""The alias of the database of DATABASE_REPLICA_URL; in DATABASES only if that is set."""
