"""Guids of every agent, recorded forms and the odd ones; any text at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.texts import CHARACTERS, TEXT

from retrovue.core.domain.guids import (
    ExternalId,
    names_nothing,
    parse_guid,
    parse_provider_ids,
    primary_id,
    show_external_id,
)

CASES = [
    ("plex://show/5d9c081b", ("plex", "show/5d9c081b")),
    ("plex://episode/5d9c081b170e24001f2ad3c4", ("plex", "episode/5d9c081b170e24001f2ad3c4")),
    ("tvdb://121361", ("tvdb", "121361")),
    ("tmdb://603", ("tmdb", "603")),
    ("imdb://tt0133093", ("imdb", "tt0133093")),
    ("IMDB://TT0133093", ("imdb", "tt0133093")),
    ("mbid://8bfac288-ccc5-448d-9573-c33ea2aa5c30", ("mbid", "8bfac288-ccc5-448d-9573-c33ea2aa5c30")),
    ("com.plexapp.agents.imdb://tt0133093?lang=en", ("imdb", "tt0133093")),
    ("com.plexapp.agents.themoviedb://603?lang=en", ("tmdb", "603")),
    ("com.plexapp.agents.themoviedb://tt0133093?lang=en", ("imdb", "tt0133093")),
    ("com.plexapp.agents.thetvdb://121361?lang=en", ("tvdb", "121361")),
    ("com.plexapp.agents.thetvdb://121361/6?lang=en", ("tvdb", "121361/6")),
    ("com.plexapp.agents.thetvdb://121361/6/1?lang=en", ("tvdb", "121361/6/1")),
    ("com.plexapp.agents.thetvdb://71256/2011-05-04?lang=en", ("tvdb", "71256/2011-05-04")),
    ("com.plexapp.agents.hama://anidb-4563?lang=en", ("anidb", "4563")),
    ("com.plexapp.agents.hama://anidb-4563/1/2?lang=en", ("anidb", "4563/1/2")),
    ("com.plexapp.agents.hama://tvdb-81797/1/1?lang=en", ("tvdb", "81797/1/1")),
    ("com.plexapp.agents.hama://tvdb4-81797/1/1?lang=en", ("tvdb", "81797/1/1")),
    ("com.plexapp.agents.hama://tsdb-1429", ("tmdb", "1429")),
    ("com.plexapp.agents.hama://imdb-TT001", ("imdb", "tt001")),
    ("com.plexapp.agents.none://af1c?lang=xn", ("none", "af1c")),
    ("com.plexapp.agents.lastfm://2c1c/1?lang=en", ("lastfm", "2c1c/1")),
    ("com.plexapp.agents.xbmcnfo://tt0133093?lang=en", ("imdb", "tt0133093")),
    ("com.plexapp.agents.xbmcnfotv://121361/1/2?lang=en", ("tvdb", "121361/1/2")),
    ("tv.plex.agents.nfo.movie://movie/tmdb_383498", ("tmdb", "383498")),
    ("tv.plex.agents.nfo.movie://movie/imdb_tt0133093?lang=en", ("imdb", "tt0133093")),
    ("tv.plex.agents.nfo.movie://movie/tt0133093", ("imdb", "tt0133093")),
    ("tv.plex.agents.nfo.tv://show/tvdb-121361", ("tvdb", "121361")),
    ("tv.plex.agents.nfo.tv://episode/tvdb_121361/6/1", ("tvdb", "121361/6/1")),
    ("tv.plex.agents.nfo.tv://show/thetvdb_121361", ("tvdb", "121361")),
    ("tv.plex.agents.nfo.movie://tmdb_383498", ("tmdb", "383498")),
    ("tv.plex.agents.hama://show/anidb-4563", ("anidb", "4563")),
    ("tv.plex.agents.custom.anime://show/myanimelist_21", ("mal", "21")),
    ("tv.plex.agents.nfo.movie://movie/unknown_7", None),
    ("tv.plex.agents.nfo.movie://movie/9c517f9a", None),
    ("tv.plex.agents.none://9c517f9a", ("none", "9c517f9a")),
    ("local://4711", ("local", "4711")),
    ("  tvdb://121361/ ", ("tvdb", "121361")),
    ("tvdb://", None),
    ("tvdb:///", None),
    ("tvdb://?lang=en", None),
    ("com.plexapp.agents.hama://12", None),
    ("collection://0a1b", None),
    ("iva://api.internetvideoarchive.com/2.0/1", None),
    ("unknown://1", None),
    ("121361", None),
    ("://1", None),
    ("tvdb://1\x002", None),
    ("", None),
    (None, None),
    (81189, None),
    (True, None),
    (1.5, None),
    (b"tvdb://1", None),
    (["tvdb://1"], None),
    ({"id": "tvdb://1"}, None),
]


@pytest.mark.parametrize(("guid", "expected"), CASES)
def test_parse_guid(guid: object, expected: tuple[str, str] | None) -> None:
    assert parse_guid(guid) == expected


@given(
    TEXT
    | st.builds(
        "{}{}://{}".format,
        st.sampled_from(["", "com.plexapp.agents."]),
        st.sampled_from(["hama", "thetvdb", "imdb", "plex"]),
        TEXT
        | st.from_regex(r"[a-z]{0,5}-?[0-9]{1,7}(/[0-9]{1,2})*\?lang=[a-z]{2}", fullmatch=True, alphabet=CHARACTERS),
    )
)
def test_any_text_gives_a_provider_or_nothing(guid: str) -> None:
    parsed = parse_guid(guid)
    if parsed is not None:
        provider, external_id = parsed
        assert provider == provider.lower()
        assert external_id
        assert "?" not in external_id


@pytest.mark.parametrize(
    ("provider", "external_id", "show"),
    [
        ("tvdb", "121361/6/1", "121361"),
        ("tvdb", "121361/6", "121361"),
        ("tvdb", "121361", None),
        ("anidb", "4563/1/2", "4563"),
        ("plex", "show/abc", "show/abc"),
        ("plex", "episode/abc", None),
        ("none", "/1", None),
    ],
)
def test_show_of_a_legacy_id(provider: str, external_id: str, show: str | None) -> None:
    assert show_external_id(provider, external_id) == show


def test_primary_id_by_kind() -> None:
    ids = [ExternalId(provider, "1") for provider in ("local", "plex", "anidb", "imdb", "tmdb", "tvdb")]
    order = []
    while ids:
        first = primary_id(ids, "show")
        assert first is not None
        order.append(first.provider)
        ids.remove(first)
    assert order == ["tvdb", "tmdb", "imdb", "plex", "anidb", "local"]
    ids = [ExternalId(provider, "1") for provider in ("plex", "tvdb", "imdb", "tmdb")]
    assert str(primary_id(ids, "movie")) == "tmdb:1"
    assert str(primary_id(ids, "episode")) == "tvdb:1"
    assert str(primary_id([ids[0], ids[1], ids[2]], "movie")) == "imdb:1"
    assert primary_id([], "movie") is None


def test_provider_ids_in_any_case() -> None:
    found = parse_provider_ids(
        {"IMDB": " tt1 ", "Imdb": "TT1", "Tvdb": 5, "TMDB": "", "AniDB": "7", "Zap2It": None, " ": "3", "x": True}
    )
    assert [(i.provider, i.external_id, i.source) for i in found] == [
        ("imdb", "tt1", "provider_ids"),
        ("tvdb", "5", "provider_ids"),
        ("anidb", "7", "provider_ids"),
    ]
    assert parse_provider_ids(None) == ()


@given(st.dictionaries(TEXT, st.none() | TEXT | st.integers() | st.lists(TEXT)))
def test_any_provider_ids(provider_ids: dict[str, object]) -> None:
    for found in parse_provider_ids(provider_ids):
        assert found.provider
        assert found.external_id == found.external_id.strip()


NOTHING = ["0", "-1", "tt0000000", "tt0", "TT0", "null", "NULL", "none", "None", "", " ", "000", "0/1/2", "n/a", "nan",
           "undefined", "unknown", "00000000-0000-0000-0000-000000000000"]  # fmt: skip


@pytest.mark.parametrize("value", NOTHING)
def test_values_that_mean_none_are_kept_and_name_nothing(value: str) -> None:
    assert names_nothing("tmdb", value)
    assert primary_id([ExternalId("tmdb", value)], "movie") is None
    assert primary_id([ExternalId("tmdb", value), ExternalId("plex", "movie/1")], "movie") == (
        "plex",
        "movie/1",
        "guid",
    )
    kept = parse_provider_ids({"Tmdb": value})
    assert [each.external_id for each in kept] == ([value.strip()] if value.strip() else [])


@pytest.mark.parametrize("value", ["1", "603", "tt0133093", "tt0000001", "121361/6/1", "10", "movie/5d9c081b", "-1abc"])
def test_values_that_name_something(value: str) -> None:
    assert not names_nothing("tmdb", value)
    assert names_nothing("local", value)
    assert names_nothing("none", value)


@pytest.mark.parametrize("key", ["MyAnimeList", "Mal", "MAL", "myanimelist"])
def test_one_catalog_has_one_name(key: str) -> None:
    (found,) = parse_provider_ids({key: "21"})
    assert (found.provider, found.external_id) == ("mal", "21")
    assert parse_guid("mal://21") == parse_guid("myanimelist://21") == ("mal", "21")
