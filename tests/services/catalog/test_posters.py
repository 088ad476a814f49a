"""The posters of titles that were played: found by title alone for shows, by title and year for movies."""

from typing import Any

from retrovue.core.services.catalog.artwork import posters_of_played


def test_a_poster_is_found_by_what_a_play_knows(synced: Any) -> None:
    with synced.sql() as connection:
        show = connection.execute("SELECT title, artwork FROM shows WHERE artwork IS NOT NULL").fetchone()
        movie = connection.execute(
            "SELECT title, year, artwork FROM movies WHERE artwork IS NOT NULL AND year > 0 AND title NOT IN "
            "(SELECT title FROM movies GROUP BY title HAVING count(*) > 1) "
            "AND title NOT IN (SELECT title FROM shows)"
        ).fetchone()
    known, other = f"{movie['title']}\x1f{movie['year']}", f"{movie['title']}\x1f1899"
    found = posters_of_played(synced.host, [show["title"], known, other, "Never Imported"])
    assert set(found) == {show["title"], known}
    assert found[known] == (synced.stored.id, movie["artwork"])
    assert found[show["title"]][1]
