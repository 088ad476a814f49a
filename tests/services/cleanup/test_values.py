"""Names that conditions complete to."""

import pytest
from tests.services.cleanup.conftest import NOW, Shelf

from retrovue.core.domain.cleanup.facts import Facts
from retrovue.core.domain.cleanup.rules import Field
from retrovue.core.services.cleanup.lists import read_facts
from retrovue.core.services.cleanup.values import known_values


@pytest.mark.usefixtures("each_engine")
def test_every_name_once_and_in_alphabetical_order(shelf: Shelf) -> None:
    assert not any(known_values(shelf.host, Facts(0)).values())
    attic, cabin = shelf.server(), shelf.server("Cabin")
    films, series = shelf.library(attic), shelf.library(cabin, "shows")
    shelf.item(films, "a", genre="Drama, Été", content_rating="PG")
    shelf.item(films, "b", genre="drama")
    shelf.item(films, "gone", genre="Western", content_rating="18", removed_at=NOW)
    show = shelf.item(series, "show", kind="show", genre="Drama,Crime", content_rating="12")
    shelf.item(series, "c", kind="episode", show_id=show, content_rating="")
    values = {"server_id": attic, "is_promoted": False, "seen_at": 0}
    for title in ("Night", "harbor"):
        box = shelf.insert("collections", remote_id=title, title=title, **values)
        shelf.insert("collection_members", collection_id=box, remote_id="ra", position=0)
    shelf.host.marks.replace(attic, [("tag", "keep", "ra")], now=NOW)
    facts = read_facts(shelf.host)
    assert known_values(shelf.host, facts) == {
        Field.COLLECTION: ("harbor", "Night"),
        Field.TAG: ("keep",),
        Field.LIBRARY: ("Movies", "Shows"),
        Field.SERVER: ("Attic", "Cabin"),
        Field.GENRE: ("Crime", "Drama", "drama", "Été"),
        Field.RATING: ("12", "PG"),
    }
    assert facts.held == 0, "no title is read for names"
