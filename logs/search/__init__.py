"""Finding lines: typed text becomes a tree (grammar), the tree SQL (sql), and that is walked newest first (page)."""
