"""What Hypothesis makes texts of."""

from hypothesis import strategies as st

# The same as Hypothesis's own default, said by category: it encodes every code point to find what UTF-8 has, which
# takes 3 s in each process of a fresh checkout.
CHARACTERS = st.characters(exclude_categories=["Cs"])
TEXT = st.text(CHARACTERS)
