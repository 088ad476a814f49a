"""Alembic revisions. `upgrade.py` runs them; they are data files, found beside it also in a frozen program."""
