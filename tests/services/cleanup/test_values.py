"""Names that conditions complete to."""

from retrovue.core.domain.cleanup.facts import Facts, Level, Marks, Origin, Unit
from retrovue.core.domain.cleanup.rules import Field
from retrovue.core.services.cleanup.values import known_values


def test_every_name_once_and_in_alphabetical_order() -> None:
    attic, cabin = Origin(1, "Movies", 1, "Attic"), Origin(2, "Movies", 2, "Cabin")
    units = [
        Unit(Level.MOVIE, n, origin, f"Title {n}", str(n), 0, 0, genre=genre, rating=rating)
        for n, (origin, genre, rating) in enumerate(
            ((attic, "Drama, Été", "PG"), (cabin, "drama", None), (cabin, None, ""), (attic, "Drama,Crime", "12"))
        )
    ]
    marks = Marks(
        collections={(1, "0"): frozenset({"Night", "harbor"}), (2, "1"): frozenset({"Night"})},
        tags={(1, "0"): frozenset({"keep"})},
    )
    found = known_values(Facts(0, units[:2], units[2:], origins=(attic, cabin), marks=marks))
    assert found == {
        Field.COLLECTION: ("harbor", "Night"),
        Field.TAG: ("keep",),
        Field.LIBRARY: ("Movies",),
        Field.SERVER: ("Attic", "Cabin"),
        Field.GENRE: ("Crime", "Drama", "drama", "Été"),
        Field.RATING: ("12", "PG"),
    }
    assert not any(known_values(Facts(0)).values())
