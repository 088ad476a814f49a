"""Names that conditions complete to, and what is said of a rule whose conditions are nested."""

import pytest
from tests.services.cleanup.conftest import NOW, Shelf

from retrovue.core.domain.cleanup.facts import Facts, Level, Origin, Unit
from retrovue.core.domain.cleanup.rules import Condition, Field, Join, Operator, Rule, Section
from retrovue.core.services.cleanup import words
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


def test_alternatives_are_told_from_conditions_that_all_have_to_be_true() -> None:
    film = Unit(Level.MOVIE, 1, Origin(1, "Movies", 1, "Attic", history_from=1), "Film", "1", NOW, NOW, year=1967)

    def year(operator: Operator, value: int) -> Condition:
        return Condition(Field.YEAR, operator, value)

    old = Section(Join.AND, (year(Operator.LESS, 1970), year(Operator.MORE, 1967)))
    either = Rule("", Section(Join.OR, (old, year(Operator.IS, 2000))))
    both = Rule("", Section(Join.AND, (year(Operator.LESS, 1970), year(Operator.IS, 2000))))
    facts = Facts(NOW, [film])
    assert words.outcome_text(facts, either, film) == ("Not on the list: none of the alternatives of the rule is true.")
    assert words.outcome_text(facts, both, film) == "Not on the list: the conditions are not all true."
    told = words.explain(facts, either, film)
    assert [(one.text, one.verdict) for one in told.conditions()] == [
        ("Year: less than 1970", True),
        ("Year: more than 1967", False),
        ("Year: is 2000", False),
    ]
    assert [(one.text, one.verdict, len(one.parts)) for one in told.lines] == [
        ("Any of these", False, 0),
        ("All of these", False, 2),
        ("Year: is 2000", False, 0),
    ]
    assert len(words.explain(facts, both, film).lines) == 2, "what all has to be true needs no head"
