"""A Tautulli that watches a Plex server: its connection, and what it counted of each item.

The counts are a record of their own beside the history (`domain.watch_stats` says how both are combined); importing its
plays into the history is `services.history.imports.tautulli`.
"""
