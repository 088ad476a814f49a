"""What all tables share: one MetaData with the names of constraints, types that are the same on every engine, and the
columns that most of them have.
"""

import sqlalchemy
from sqlalchemy import BigInteger, Column, ForeignKey, MetaData
from sqlalchemy.types import TypeEngine

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite needs exactly INTEGER for a row id; elsewhere ids of plays and files may pass 2^31.
BIG: TypeEngine[int] = BigInteger().with_variant(sqlalchemy.Integer, "sqlite")
# SQLite's integers have 64 bits, whatever they are called, and servers tell numbers that need them.
Integer: TypeEngine[int] = sqlalchemy.Integer().with_variant(BigInteger, "postgresql")
# Compared and sorted by its bytes, as on SQLite: in one order on every server, whatever its locale.
Text: TypeEngine[str] = sqlalchemy.Text().with_variant(sqlalchemy.Text(collation="C"), "postgresql")


def row_id() -> Column[int]:
    """The column `id` of a table that numbers its rows."""
    return Column("id", BIG, primary_key=True, autoincrement=True)


def reference(name: str, target: str, *, null: bool = False, on_delete: str = "CASCADE") -> Column[int]:
    """A foreign key to the `id` of the table `target`."""
    return Column(name, BIG, ForeignKey(f"{target}.id", ondelete=on_delete), nullable=null)
