"""Rows are compared by the keys of their values, each column in a direction of its own."""

from retrovue.core.domain.ordering import compared, key_of


def test_what_is_not_known_comes_first_and_texts_last_whatever_their_letters() -> None:
    values: list[object] = ["mira", 7, None, "Ada", 0, "", "ADA", -3.5]
    assert sorted(values, key=key_of) == [None, "", -3.5, 0, 7, "Ada", "ADA", "mira"]


def test_each_column_falls_or_rises_for_itself() -> None:
    rows = [("b", 1), ("a", 2), ("B", 3), ("a", 4)]
    by_name_then_latest = sorted(rows, key=lambda row: compared([key_of(each) for each in row], [False, True]))
    assert by_name_then_latest == [("a", 4), ("a", 2), ("B", 3), ("b", 1)]
    one, other = (compared([key_of(each) for each in row], [True, True]) for row in (("a", 1), ("A", 1)))
    assert one <= other <= one
    assert not compared([key_of(1)], [True]) <= compared([key_of(2)], [True])
