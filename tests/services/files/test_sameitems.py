"""Which items are joined as one and the same."""

from retrovue.core.services.catalog.same_item import same_items
from retrovue.core.storage.catalog.duplicates import SharedId

ATTIC, BARN = 1, 2


def own(code: str, item_id: int, show_id: int, number: int) -> SharedId:
    """A row of an id that an episode has of its own."""
    return SharedId(("tvdb", code), item_id, 2002, show_id, 1, number)


def by_show(item_id: int, show_id: int, number: int) -> SharedId:
    """A row of an episode that is known by its show and number."""
    return SharedId(("tvdb", "78874", 1, number), item_id, 2002, show_id, 1, number)


def test_orders_that_differ_never_make_a_show_one_episode() -> None:
    # One server numbers as aired, the other as on disc: ids say 11 = 22, 12 = 23, 13 = 21; numbers say 11 = 21, ...
    ids = [own("a", 11, ATTIC, 1), own("b", 12, ATTIC, 2), own("c", 13, ATTIC, 3)]
    ids += [own("c", 21, BARN, 1), own("a", 22, BARN, 2), own("b", 23, BARN, 3)]
    numbers = [by_show(10 * show_id + number, show_id, number) for show_id in (ATTIC, BARN) for number in (1, 2, 3)]
    assert sorted(same_items(ids + numbers)) == [[11, 22], [12, 23], [13, 21]]


def test_numbers_join_what_has_no_id_of_its_own() -> None:
    numbers = [by_show(10 * show_id + number, show_id, number) for show_id in (ATTIC, BARN) for number in (1, 2)]
    assert sorted(same_items(numbers)) == [[11, 21], [12, 22]]


def test_two_copies_in_one_show_are_the_same_episode() -> None:
    rows = [own("a", 11, ATTIC, 1), own("a", 12, ATTIC, 1), own("a", 21, BARN, 1)]
    assert list(same_items(rows)) == [[11, 12, 21]]


def test_films_join_step_by_step_and_versions_stand_alone() -> None:
    films = [SharedId(("imdb", "tt1"), 1, 1990), SharedId(("imdb", "tt1"), 2, 1991), SharedId(("tmdb", "7"), 2, 1991)]
    films.append(SharedId(("tmdb", "7"), 3, None))
    assert sorted(same_items(films, alone=[3, 9])) == [[1, 2, 3], [9]]
