"""Seasons and episodes are called the same, one by one and in a list."""

from hypothesis import example, given
from hypothesis import strategies as st
from tests.texts import CHARACTERS

from retrovue.core.domain.played_titles import Within, part_words, within

names = st.text(CHARACTERS, min_size=1).filter(lambda name: not {"\x1e", "\x1f"} & set(name))
numbers = st.integers(0, 3000)


@example(Within("Kessler", 2))
@example(Within("Kessler", 2, 5))
@example(Within("Kessler", name="Pilot"))
@given(
    st.one_of(
        st.builds(Within, names, numbers),
        st.builds(Within, names, numbers, numbers),
        st.builds(Within, names, name=names),
    )
)
def test_words_of_a_list_are_those_of_each(part: Within) -> None:
    assert part_words(part.ref) == within(part.ref).words == part.words
