"""Conditions that are written out: an index serves them, alone and beside others."""

import sqlite3

from sqlalchemy import and_, create_engine, not_, or_, select
from sqlalchemy.pool import StaticPool

from retrovue.core.storage.dialects.expressions import among, is_size, marked
from retrovue.core.storage.tables import listed_plays

PLAY = listed_plays.c


def test_many_ids_are_looked_up_by_an_index() -> None:
    opened = sqlite3.connect(":memory:")
    engine = create_engine("sqlite://", creator=lambda: opened, poolclass=StaticPool)
    with engine.begin() as connection:
        listed_plays.create(connection)
        text = str(select(PLAY.id).where(among(PLAY.sitting_id, [1, 2])).compile(engine))
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", ("[1, 2]",))]
    assert plan[0].startswith("SEARCH"), plan
    assert "ix_listed_plays_sitting_id" in plan[0]
    engine.dispose()
    opened.close()


def test_conditions_keep_their_sense_within_others() -> None:
    engine = create_engine("sqlite://")
    value = PLAY.id
    with engine.begin() as connection:
        listed_plays.create(connection)
        row = dict.fromkeys((column.name for column in PLAY if column.name != "id"), 0)
        connection.execute(listed_plays.insert(), [{**row, "id": n, "is_watched": False} for n in range(6)])

        def found(condition: object) -> list[int]:
            return list(connection.execute(select(value).where(condition).order_by(value)).scalars())  # type: ignore[arg-type]

        for of in (among, marked):
            assert found(of(value, [1, 4])) == [1, 4]
            assert found(not_(of(value, [1, 4]))) == [0, 2, 3, 5]
            assert found(and_(value > 1, or_(of(value, [1, 4]), value == 2))) == [2, 4]
            assert found(or_(value == 0, not_(or_(of(value, [1, 2]), of(value, [3]))))) == [0, 4, 5]
        assert found(not_(is_size("1080p"))) == []
    engine.dispose()
