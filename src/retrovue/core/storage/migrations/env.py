"""Alembic's environment, for `alembic revision --autogenerate` while developing; the program uses upgrade.py."""

from alembic import context

from retrovue.core.storage.tables import metadata

context.configure(
    connection=context.config.attributes.get("connection"),
    target_metadata=metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
