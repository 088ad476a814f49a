"""Alembic's environment. The program runs it on a connection of its own (`upgrade.py`).

Without one it is a developer's: `alembic revision --autogenerate` and `alembic check` compare `tables/` with what
the revisions make of an empty file.
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from alembic import context
from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import NullPool

from retrovue.core.storage.database import catalog_url
from retrovue.core.storage.dialects.sqlite_writing import FTS_TABLE
from retrovue.core.storage.tables import metadata


def include_name(name: str | None, kind: str, _parents: Any) -> bool:
    """SQLAlchemy knows no virtual tables: the full-text index and its own tables are made by hand."""
    return not (kind == "table" and (name or "").startswith(FTS_TABLE))


def run(connection: Connection) -> None:
    """Run what was asked for. The caller's transaction stays open: it checks the outcome before it commits."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        transactional_ddl=False,
        include_name=include_name,
        on_version_apply=context.config.attributes.get("applied", ()),
    )
    context.run_migrations()


def develop() -> None:
    """Compare with an empty file at the newest revision."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "catalog.db")
        # In a process of its own: Alembic's environment is one per process, and we are inside it.
        make = (
            "import sys, pathlib; from retrovue.core.storage.upgrade import upgrade; upgrade(pathlib.Path(sys.argv[1]))"
        )
        subprocess.run([sys.executable, "-c", make, str(path)], check=True)
        engine = create_engine(catalog_url(path), poolclass=NullPool)
        with engine.connect() as connection:
            run(connection)
        engine.dispose()


# Whoever imports every module of the program imports this one as well, without a run of Alembic.
if hasattr(context, "config"):
    given: Connection | None = context.config.attributes.get("connection")
    if given is not None:
        run(given)
    else:
        develop()
