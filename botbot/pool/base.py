from django_db_geventpool.backends.postgresql_psycopg2.base import DatabaseWrapper

__all__ = ["DatabaseWrapper"]
