"""Make the process cooperative: gevent patches the standard library, psycogreen makes psycopg2 yield while it waits.

Import this module before anything else, in every entry point: manage.py, gunicorn.conf.py, pytest (`-p botbot.green`).
Patched later, database connections are shared between greenlets and one slow query freezes every page.
"""

from gevent import monkey

if not monkey.is_module_patched("socket"):
    monkey.patch_all()

from psycogreen.gevent import patch_psycopg

patch_psycopg()
