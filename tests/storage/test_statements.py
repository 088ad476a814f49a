"""Statements by hand are put into PostgreSQL's words on their way, and say the same there."""

import pytest

from retrovue.core.storage.dialects.statements import in_postgres, without_zeros


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("a = ? AND b = '?' AND c LIKE '%x'", "a = %s AND b = '?' AND c LIKE '%%x'"),
        ("c LIKE '%x'", "c LIKE '%%x'"),
        ("FROM a CROSS JOIN b g INDEXED BY ix_b ON g.id = a.id", "FROM a JOIN b g ON g.id = a.id"),
        ("FROM a CROSS JOIN b", "FROM a CROSS JOIN b"),
        ("a.year IS b.year", "a.year IS NOT DISTINCT FROM b.year"),
        ("a.x IS NULL AND a.y IS NOT NULL", "a.x IS NULL AND a.y IS NOT NULL"),
        ("SELECT %s", "SELECT %s"),
    ],
)  # fmt: skip
def test_words_of_sqlite_become_those_of_postgresql(written: str, sent: str) -> None:
    assert in_postgres(written) == sent
    # Once more on its way, as it was written.
    assert in_postgres(sent) == sent


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        (("a\0b", 1, None), ("a\ufffdb", 1, None)),
        ({"x": "\0", "y": b"\0"}, {"x": "\ufffd", "y": b"\0"}),
        ([("a", 1), ("\0", 2)], [("a", 1), ("\ufffd", 2)]),
        ([{"x": "\0"}], [{"x": "\ufffd"}]),
        ((), ()),
        (None, None),
    ],
)
def test_no_value_has_the_character_that_postgresql_refuses(given: object, sent: object) -> None:
    assert without_zeros(given) == sent
