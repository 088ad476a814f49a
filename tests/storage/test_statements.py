"""Statements by hand are put into PostgreSQL's words on their way, and say the same there."""

import pytest

from retrovue.core.storage.dialects.statements import in_postgres


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
