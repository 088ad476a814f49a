"""Ids that mean "none" join nothing, in SQL as in the domain."""

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrovue.core.domain.guids import names_nothing
from retrovue.core.storage.catalog.joining import joins

VALUES = ["0", "-1", "tt0000000", "tt0", "TT0", "null", "None", "", "000", "0/1/2", "n/a", "603", "tt0133093", "10",
          "121361/6/1", "movie/5d9c081b", "-1abc", "00000000-0000-0000-0000-000000000000", "unknown", "t0"]  # fmt: skip


def in_sql(provider: str, external_id: str) -> bool:
    connection = sqlite3.connect(":memory:")
    try:
        sql = f"SELECT {joins('g')} FROM (SELECT ? AS provider, ? AS external_id) g"
        return bool(connection.execute(sql, (provider, external_id)).fetchone()[0])
    finally:
        connection.close()


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("provider", ["tmdb", "imdb", "local", "none"])
def test_sql_and_domain_agree(provider: str, value: str) -> None:
    assert in_sql(provider, value) is not names_nothing(provider, value)


@given(st.text(alphabet="t0-1/nullone", max_size=8))
def test_sql_and_domain_agree_on_any_text(value: str) -> None:
    assert in_sql("tmdb", value) is not names_nothing("tmdb", value)
