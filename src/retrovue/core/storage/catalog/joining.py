"""Which stored ids say that two items are the same, in SQL."""

_NOTHING = "'', '-1', 'null', 'none', 'nil', 'nan', 'undefined', 'unknown', 'n/a'"


def joins(alias: str) -> str:
    """Whether the id in the row `alias` joins items: the condition of `domain.guids.names_nothing`, negated."""
    rest = f"ltrim(lower({alias}.external_id), 't0')"
    return (
        f"{alias}.provider NOT IN ('local', 'none') AND {rest} NOT IN ({_NOTHING}) "
        f"AND substr({rest}, 1, 1) <> '/' AND substr({rest}, 1, 2) <> '-0'"
    )
