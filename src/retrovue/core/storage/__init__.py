"""The only place that names a database: SQLite tables, their schema, and repositories that return domain objects.

`catalog/` has the items with its writer, reader, lists, groups and search; the other modules a table or two each.
Statements are SQLAlchemy Core over `tables/`; what only one engine does is in `dialects/`. `schema.py` reads the
revision with plain `sqlite3` and loads Alembic (`upgrade.py`) only when a file is behind, after a backup.
"""
