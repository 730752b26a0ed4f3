"""What the web processes of a site share: counts and rates by client address, and messages between them.

The memory is created before the processes are forked (`processes`). A site with one process has none: what is counted
then is in that process's own memory. Imports neither Django nor gevent.
"""
