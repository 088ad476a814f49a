"""The revisions of the schema, apart from `schema.py` so that knowing them loads no SQLAlchemy."""

REVISIONS = (
    "0001",
    "0002",
    "0003",
    "0004",
    "0005",
    "0006",
    "0007",
    "0008",
    "0009",
    "0010",
    "0011",
    "0012",
    "0013",
    "0014",
    "0015",
    "0016",
    "0017",
    "0018",
    "0019",
    "0020",
)
"""Every revision in order; the last one is what this program writes."""
HEAD = REVISIONS[-1]
VERSION_TABLE = "alembic_version"
