"""Path mapping: the cases that people hit, and what must hold for any text."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.texts import CHARACTERS, TEXT

from retrovue.core.domain.errors import ConfigError
from retrovue.core.domain.path_rules import (
    ConflictKind,
    NearMiss,
    explain_unmapped,
    find_conflicts,
    nearest_rule,
)
from retrovue.core.domain.path_syntax import native, parse_path, path_kind, spelled_alike, storable, without_password
from retrovue.core.domain.paths import (
    PathKind,
    PathMapper,
    PathMapping,
    UnmappedReason,
    map_path,
    validate_mapping,
)

NFC, NFD = "Café", unicodedata.normalize("NFD", "Café")


def rule(server_path: str, local_path: str, *, rule_id: int = 1, library_id: int | None = None) -> PathMapping:
    return PathMapping(rule_id, 1, library_id, server_path, local_path)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("D:\\", PathKind.DRIVE),
        ("d:/media", PathKind.DRIVE),
        ("Z:", PathKind.DRIVE),
        ("D:media", None),
        ("\\\\nas\\share", PathKind.UNC),
        ("//nas/share", PathKind.UNC),
        ("///nas/share", PathKind.POSIX),
        ("/media", PathKind.POSIX),
        ("/", PathKind.POSIX),
        ("/\\x", PathKind.POSIX),
        ("smb://nas/share", PathKind.URL),
        ("nfs://nas", PathKind.URL),
        ("\\media", None),
        ("media/tv", None),
        ("", None),
    ],
)
def test_kind_is_read_from_the_shape(text: str, kind: PathKind | None) -> None:
    assert path_kind(text) is kind


MAPPED = [
    # whole components, never characters
    ("/media/tv", "/mnt/tv", "/media/tv/Show/a.mkv", "/mnt/tv/Show/a.mkv"),
    ("/media/tv", "/mnt/tv", "/media/tv-kids/a.mkv", None),
    ("/media/tv/", "/mnt/tv/", "/media/tv/a.mkv", "/mnt/tv/a.mkv"),
    ("/media/tv", "/mnt/tv", "/media/tv", "/mnt/tv"),
    ("/media/tv", "/mnt/tv", "/media", None),
    ("/media/tv", "/mnt/tv", "/media//tv/./a.mkv", "/mnt/tv/a.mkv"),
    ("/", "/mnt", "/media/a.mkv", "/mnt/media/a.mkv"),
    ("/media", "/", "/media/a.mkv", "/a.mkv"),
    # separators of the local side
    ("/media", "Z:\\", "/media/tv/a.mkv", "Z:\\tv\\a.mkv"),
    ("/media", "Z:", "/media/tv/a.mkv", "Z:\\tv\\a.mkv"),
    ("/media", "z:/Media/", "/media/tv/a.mkv", "z:\\Media\\tv\\a.mkv"),
    ("/media", "//nas/media", "/media/tv/a.mkv", "\\\\nas\\media\\tv\\a.mkv"),
    ("D:\\TV", "/mnt/tv", "D:\\TV\\Show\\a.mkv", "/mnt/tv/Show/a.mkv"),
    ("\\\\nas\\tv", "/Volumes/tv", "//NAS/TV/Show/a.mkv", "/Volumes/tv/Show/a.mkv"),
    ("\\\\nas\\tv", "/Volumes/tv", "\\\\nas\\tv2\\a.mkv", None),
    # letter case
    ("D:\\TV", "/mnt/tv", "d:/tv/Show/A.mkv", "/mnt/tv/Show/A.mkv"),
    ("D:\\ÉTÉ", "/mnt/tv", "d:/été/A.mkv", "/mnt/tv/A.mkv"),
    ("D:\\straße", "/mnt/tv", "D:\\STRASSE\\a.mkv", None),
    ("/media/TV", "/mnt/tv", "/media/tv/a.mkv", None),
    # a backslash in a POSIX name
    ("/media", "/mnt", "/media/AC\\DC/a.mkv", "/mnt/AC\\DC/a.mkv"),
    ("/media/AC", "/mnt", "/media/AC\\DC/a.mkv", None),
    # composed and decomposed letters; the remainder unchanged
    (f"/m/{NFC}", "/mnt", f"/m/{NFD}/{NFD}.mkv", f"/mnt/{NFD}.mkv"),
    (f"/m/{NFD}", "/mnt", f"/m/{NFC}/{NFC}.mkv", f"/mnt/{NFC}.mkv"),
    (f"D:\\{NFC}", "Z:\\", f"d:/{NFD.upper()}/x.mkv", "Z:\\x.mkv"),
    # addresses: scheme and host in any case, the path exactly
    ("smb://nas/tv", "/mnt/tv", "SMB://NAS/tv/a.mkv", "/mnt/tv/a.mkv"),
    ("smb://nas/tv", "/mnt/tv", "smb://nas/TV/a.mkv", None),
    ("smb://me@nas/tv", "/mnt/tv", "smb://Me@nas/tv/a.mkv", None),
    ("nfs://nas/tv", "/mnt/tv", "smb://nas/tv/a.mkv", None),
    ("/media", "smb://Nas/media", "/media/tv/a.mkv", "smb://Nas/media/tv/a.mkv"),
    # long spellings
    ("D:\\TV", "/mnt", "\\\\?\\D:\\TV\\a.mkv", "/mnt/a.mkv"),
    ("\\\\nas\\tv", "/mnt", "\\\\?\\UNC\\nas\\tv\\a.mkv", "/mnt/a.mkv"),
    # names that only Windows refuses
    ("/media", "/mnt", "/media/CON/What?: a. /nul", "/mnt/CON/What?: a. /nul"),
    ("/media", "Z:\\", "/media/Conan/Comet/nullarbor/x.y.mkv", "Z:\\Conan\\Comet\\nullarbor\\x.y.mkv"),
]


@pytest.mark.parametrize(("server", "local", "path", "expected"), MAPPED)
def test_one_rule(server: str, local: str, path: str, expected: str | None) -> None:
    result = map_path(path, [rule(server, local)])
    assert result.server_path == path
    assert result.local_path == expected
    assert result.mapped is (expected is not None)
    assert result.reason is (None if expected else UnmappedReason.NO_RULE)
    assert result.mapping_id == (1 if expected else None)


@pytest.mark.parametrize("local", ["Z:\\TV", "\\\\nas\\tv"])
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("AC\\DC", UnmappedReason.BACKSLASH),
        ("Alien: Covenant", UnmappedReason.FORBIDDEN_CHARACTER),
        ("What?", UnmappedReason.FORBIDDEN_CHARACTER),
        ("CON", UnmappedReason.RESERVED_NAME),
        ("nul.tar.gz", UnmappedReason.RESERVED_NAME),
        ("Com1 .mkv", UnmappedReason.RESERVED_NAME),
        ("LPT²", UnmappedReason.RESERVED_NAME),
        ("conin$", UnmappedReason.RESERVED_NAME),
        ("R.E.M.", UnmappedReason.TRAILING_DOT_OR_BLANK),
        ("Show ", UnmappedReason.TRAILING_DOT_OR_BLANK),
        ("a\tb", UnmappedReason.CONTROL_CHARACTER),
        ("a\x00b", UnmappedReason.NUL),
        ("..", UnmappedReason.PARENT_COMPONENT),
    ],
)
def test_names_that_windows_cannot_hold(local: str, name: str, reason: UnmappedReason) -> None:
    for path in (f"/media/tv/{name}", f"/media/tv/{name}/a.mkv"):
        result = map_path(path, [rule("/media/tv", local)])
        assert (result.local_path, result.mapped, result.reason) == (None, False, reason)
    assert reason.user_text


def test_paths_that_no_rule_can_map() -> None:
    rules = [rule("/media", "/mnt")]
    for path, reason in [
        ("", UnmappedReason.EMPTY),
        ("   ", UnmappedReason.EMPTY),
        ("media/a.mkv", UnmappedReason.NOT_ABSOLUTE),
        ("D:media", UnmappedReason.NOT_ABSOLUTE),
        ("/media/../etc/passwd", UnmappedReason.PARENT_COMPONENT),
        ("/media/..", UnmappedReason.PARENT_COMPONENT),
        ("\\\\nas\\a\\..\\b", UnmappedReason.PARENT_COMPONENT),
        ("/media/" + "x" * 32_767, UnmappedReason.TOO_LONG),
        ("/media/\x00", UnmappedReason.NUL),
    ]:
        assert map_path(path, rules).reason is reason, path
    assert map_path("/media/a..b/..c", rules).local_path == "/mnt/a..b/..c"
    long_local = [rule("/m", "/" + "y" * 32_000)]
    assert map_path("/m/" + "x" * 32_000, long_local).reason is UnmappedReason.TOO_LONG


def test_library_rules_come_first_then_the_longest_prefix() -> None:
    rules = [
        rule("/media/tv/kids", "/server-long", rule_id=1),
        rule("/media", "/library-short", rule_id=2, library_id=7),
        rule("/media/tv", "/library-long", rule_id=3, library_id=7),
        rule("/media", "/server-short", rule_id=4),
    ]
    path = "/media/tv/kids/a.mkv"
    assert map_path(path, rules, library_ids=[7]).local_path == "/library-long/kids/a.mkv"
    assert map_path(path, rules, library_ids=[8]).local_path == "/server-long/a.mkv"
    assert map_path("/media/x.mkv", rules, library_ids=[7]).mapping_id == 2
    assert map_path("/media/x.mkv", rules).mapping_id == 4


def test_exact_text_comes_before_normalised_text() -> None:
    rules = [rule(f"/m/{NFC}", "/composed", rule_id=1), rule(f"/m/{NFD}", "/decomposed", rule_id=2)]
    for order in (rules, rules[::-1]):
        assert map_path(f"/m/{NFC}/a", order).local_path == "/composed/a"
        assert map_path(f"/m/{NFD}/a", order).local_path == "/decomposed/a"
    for one in rules:
        validate_mapping(one, [other for other in rules if other is not one])


def test_a_shared_file_follows_the_library_whose_root_holds_it() -> None:
    rules = [
        rule("/media", "/one", rule_id=1, library_id=1),
        rule("/media", "/two", rule_id=2, library_id=2),
    ]
    roots = [(1, "/media/tv"), (2, "/media/films")]
    shared = map_path("/media/films/a.mkv", rules, library_ids=[1, 2], library_roots=roots)
    assert (shared.local_path, shared.conflict) == ("/two/films/a.mkv", False)
    unsaid = map_path("/media/tv/a.mkv", rules, library_roots=roots)
    assert unsaid.local_path == "/one/tv/a.mkv"
    both = map_path("/media/films/4k/a.mkv", rules, library_ids=[1, 2], library_roots=[*roots, (1, "/media/films/4k")])
    assert both.local_path == "/one/films/4k/a.mkv"
    assert both.other_local_paths == ("/two/films/4k/a.mkv",)
    assert both.conflict
    # A rule that cannot map the file does not disagree with one that can.
    half = [rules[0], rule("/media", "Z:\\", rule_id=2, library_id=2)]
    mapped = map_path("/media/a:b", half, library_ids=[2, 1])
    assert (mapped.local_path, mapped.conflict) == ("/one/a:b", False)


def test_two_rules_for_one_place_are_a_conflict() -> None:
    result = map_path("/m/a", [rule("/m", "/one"), rule("/m", "/two", rule_id=2)])
    assert (result.local_path, result.other_local_paths) == ("/one/a", ("/two/a",))


@pytest.mark.parametrize(
    ("server", "local"),
    [
        ("", "/mnt"),
        ("/media", " "),
        ("media", "/mnt"),
        ("/media", "mnt"),
        ("/media/../x", "/mnt"),
        ("/media", "/mnt/.."),
        ("/media\x00", "/mnt"),
        ("/media", "/" + "x" * 32_767),
        ("/media", "Z:\\a?b"),
        ("/media", "Z:\\CON"),
        ("\\\\", "/mnt"),
    ],
)
def test_rules_that_are_refused(server: str, local: str) -> None:
    with pytest.raises(ConfigError) as caught:
        validate_mapping(rule(server, local))
    assert caught.value.user_text()
    assert map_path("/media/a", [rule(server, local)]).local_path in (None, "Z:\\a?b\\a", "Z:\\CON\\a")


@pytest.mark.parametrize(
    ("first", "second"),
    [("/media/tv", "/media/tv/"), ("D:\\TV", "d:/tv"), ("\\\\nas\\tv", "//NAS/tv"), ("smb://a/x", "SMB://A/x")],
)
def test_the_same_rule_twice_is_refused(first: str, second: str) -> None:
    stored = [rule(first, "/mnt", rule_id=1)]
    with pytest.raises(ConfigError):
        validate_mapping(rule(second, "/mnt", rule_id=2), stored)
    validate_mapping(rule(second, "/other", rule_id=1), stored)
    validate_mapping(rule(second, "/mnt", rule_id=2, library_id=3), stored)


NAME = st.text(st.characters(exclude_characters="/\\\x00", exclude_categories=["Cs"]), min_size=1, max_size=8).filter(
    lambda name: name not in (".", "..")
)
NAMES = st.lists(NAME, min_size=1, max_size=4)


@given(NAMES, NAMES, NAMES)
def test_the_remainder_passes_unchanged_between_posix_paths(
    server: list[str], local: list[str], rest: list[str]
) -> None:
    rules = [rule("/" + "/".join(server), "/" + "/".join(local))]
    result = map_path("/" + "/".join(server + rest), rules)
    assert result.local_path == "/" + "/".join(local + rest)


@given(NAMES, NAMES)
def test_a_longer_name_never_matches(server: list[str], rest: list[str]) -> None:
    rules = [rule("/" + "/".join(server), "/mnt")]
    result = map_path("/" + "/".join([*server[:-1], server[-1] + "a", *rest]), rules)
    assert result.reason is UnmappedReason.NO_RULE


@given(NAMES, NAMES)
def test_windows_results_are_names_that_windows_holds(server: list[str], rest: list[str]) -> None:
    result = map_path("/" + "/".join(server + rest), [rule("/" + "/".join(server), "Z:\\Media")])
    if result.local_path is None:
        assert result.reason is not UnmappedReason.NO_RULE
        return
    assert result.local_path == "Z:\\Media\\" + "\\".join(rest)
    assert not any(character < " " or character in '<>:"|?*' for name in rest for character in name)


@given(
    st.lists(st.sampled_from(["tv", "TV", "a", "é"]), max_size=4),
    st.sampled_from(["\\", "/"]),
    st.sampled_from(["D:", "d:", "\\\\nas", "//NAS"]),
)
def test_windows_spellings_of_one_path_agree(names: list[str], separator: str, root: str) -> None:
    rules = [rule("D:\\", "/d"), rule("\\\\nas", "/n", rule_id=2)]
    result = map_path(separator.join([root, *names, "x"]), rules)
    start = "/d" if root.lower() == "d:" else "/n"
    assert result.local_path == "/".join([start, *names, "x"])


@given(TEXT, TEXT, TEXT)
def test_any_text_gives_an_answer(path: str, server: str, local: str) -> None:
    rules = [rule(server, local), rule("/a", "Z:\\", rule_id=2, library_id=1)]
    result = PathMapper(rules, library_roots=[(1, server)]).map(path)
    assert result.mapped is (result.local_path is not None) is (result.reason is None)
    nearest_rule(path, rules)
    find_conflicts(rules, library_roots=[(1, server)], file_counts={})
    parsed = parse_path(path)
    if parsed is not None:
        again = parse_path(parsed.text)
        assert again is None or again.key() == parsed.key() or not parsed.names


@pytest.mark.parametrize(
    ("server", "path", "problem", "expected", "got"),
    [
        ("/media/TV", "/media/tv/a.mkv", NearMiss.CASE, "TV", "tv"),
        ("\\media\\tv", "/media/tv/a.mkv", NearMiss.SEPARATOR, "\\media\\", "/media/"),
        ("\\\\nas\\tv", "/nas/tv/a.mkv", NearMiss.SEPARATOR, "\\\\nas\\", "/nas/"),
        ("/data/media/tv", "/media/tv/a.mkv", NearMiss.MISSING_COMPONENT, "data", ""),
        ("/media/tv", "/data/media/tv/a.mkv", NearMiss.EXTRA_COMPONENT, "", "data"),
        ("/media/tv/hd", "/media/tv/Show/a.mkv", NearMiss.OTHER_COMPONENT, "hd", "Show"),
        ("/media/tv", "/media/tv-kids/a.mkv", NearMiss.OTHER_COMPONENT, "tv", "tv-kids"),
        ("/media/tv/hd", "/media/tv", NearMiss.MISSING_COMPONENT, "hd", ""),
    ],
)
def test_the_rule_that_nearly_matched(server: str, path: str, problem: NearMiss, expected: str, got: str) -> None:
    near = nearest_rule(path, [rule("/elsewhere", "/x", rule_id=2), rule(server, "/mnt")])
    assert near is not None
    assert (near.mapping.server_path, near.problem, near.expected, near.got) == (server, problem, expected, got)
    assert server in explain_unmapped(path, UnmappedReason.NO_RULE, [near.mapping])


def test_no_rule_is_near() -> None:
    assert nearest_rule("/media/a", [rule("/other", "/x")]) is None
    near = nearest_rule("/media/a", [rule("/media", "/x", library_id=3)])
    assert near is not None
    assert near.problem is NearMiss.OTHER_LIBRARY


def test_conflicts_between_rules() -> None:
    rules = [
        rule("/media", "/mnt", rule_id=1),
        rule("/media/tv", "/mnt/tv", rule_id=2),
        rule("/data", "/mnt", rule_id=3),
        rule("/films/4k", "/films4k", rule_id=4),
        rule("/films", "/films", rule_id=5, library_id=9),
        rule("/media/", "/late", rule_id=6),
        rule("/fine", "/fine", rule_id=7),
    ]
    found = find_conflicts(
        rules,
        library_roots=[(9, "/films")],
        file_counts={1: 5, 2: 5, 3: 1, 4: 1, 5: 1, 7: 0},
        folder_exists=lambda path: {"/late": False, "/films": None}.get(path, True),
    )
    kinds = [(one.kind, one.mapping.id, one.other.id if one.other else None) for one in found]
    assert kinds == [
        (ConflictKind.SAME_LOCAL_PATH, 1, 3),
        (ConflictKind.REDUNDANT, 2, 1),
        (ConflictKind.SAME_LOCAL_PATH, 3, 1),
        (ConflictKind.SHADOWED, 4, 5),
        (ConflictKind.SHADOWED, 6, 1),
        (ConflictKind.NO_FOLDER, 6, None),
        (ConflictKind.NEVER_USED, 7, None),
    ]
    assert all(one.text for one in found)


def test_the_right_one_of_many_rules() -> None:
    few = PathMapper([rule("/media/tv", "/mnt")])
    many = PathMapper([rule(f"/media/{i}", f"/mnt/{i}", rule_id=i) for i in range(5000)] + [rule("/media/tv", "/mnt")])
    assert few.map("/media/tv/a").local_path == many.map("/media/tv/a").local_path == "/mnt/a"
    assert many.map("/media/4999/a").mapping_id == 4999


@given(st.binary(max_size=60))
def test_bytes_that_are_no_text_come_back_from_what_is_stored(name: bytes) -> None:
    path = "/media/" + name.decode("utf-8", "surrogateescape")
    stored = storable(path)
    stored.encode("utf-8")  # what no database would take raises here
    assert native(stored) == path
    assert storable(stored) == stored
    as_told = "/media/" + name.decode("utf-8", "replace")
    assert spelled_alike(as_told, path)
    assert spelled_alike(as_told, stored)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("/m/caf\u00e9", "/m/cafe\u0301", True),
        ("/m/caf\ufffd", "/m/caf\udce9", True),
        ("/m/caf\ufffd\ufffd", "/m/caf\udce9", True),
        ("/m/caf\ufffd", "/m/cafe", False),
        ("/m/cafe", "/m/CAFE", False),
        ("/m/caf\u00e9", None, False),
        (None, None, True),
    ],
)
def test_spellings_of_one_path(one: str | None, other: str | None, alike: bool) -> None:
    assert spelled_alike(one, other) is spelled_alike(other, one) is alike


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("smb://user:pw@nas/tv/a.mkv", "smb://user@nas/tv/a.mkv"),
        ("SMB://User:p:w@nas:445/tv", "SMB://User@nas:445/tv"),
        ("smb://user:p@ss@nas/tv", "smb://user@nas/tv"),
        ("smb://user:pa/ss@nas/tv", "smb://user@nas/tv"),
        ("smb://user:pa/s:s@nas", "smb://user@nas"),
        ("nfs://nas/tv/a@b:c.mkv", "nfs://nas/tv/a@b:c.mkv"),
        ("smb://nas:445/tv/a@b.mkv", "smb://nas:445/tv/a@b.mkv"),
        ("smb://[fe80::1]/tv/a@b.mkv", "smb://[fe80::1]/tv/a@b.mkv"),
        ("smb://user@nas/What?/1#2.mkv", "smb://user@nas/What?/1#2.mkv"),
        ("http://user:pw@host/live.m3u8?token=s3cret#x", "http://user@host/live.m3u8"),
        ("https://host?token=s3cret", "https://host"),
        ("rtsp://u:p@cam/1?t=s3cret", "rtsp://u@cam/1"),
        ("/media/user:pw@nas/a.mkv", "/media/user:pw@nas/a.mkv"),
        ("D:\\a:b@c", "D:\\a:b@c"),
        ("", ""),
        ("://", "://"),
        ("smb://", "smb://"),
    ],
)
def test_an_address_without_its_password(path: str, shown: str) -> None:
    assert without_password(path) == shown
    assert without_password(shown) == shown


@given(st.text(CHARACTERS, max_size=60))
def test_what_is_no_address_is_left_alone(text: str) -> None:
    assert without_password(without_password(text)) == without_password(text)
    if "://" not in text:
        assert without_password(text) == text


def test_a_rule_matches_whatever_password_it_was_typed_with() -> None:
    for typed in ("smb://user:old@nas/tv", "smb://user@NAS/tv", "SMB://user:x@nas/tv"):
        mapping = rule(typed, "/mnt/tv")
        assert map_path("smb://user:new@nas/tv/a.mkv", [mapping]).local_path == "/mnt/tv/a.mkv"


@pytest.mark.parametrize(
    ("typed", "path", "expected", "got"),
    [
        ("smb://nas/TV", "SMB://NAS/tv/a.mkv", "TV", "tv"),
        ("SMB://nas/TV", "smb://nas/tv/a.mkv", "TV", "tv"),
        ("smb://u:secret@nas/TV", "smb://u:secret@NAS/tv/a.mkv", "TV", "tv"),
        ("/media/TV", "/media/tv/a.mkv", "TV", "tv"),
    ],
)
def test_the_reason_names_the_folder_whose_case_differs(typed: str, path: str, expected: str, got: str) -> None:
    near = nearest_rule(path, [rule(typed, "/mnt/tv")])
    assert near is not None
    assert (near.expected, near.got) == (expected, got)
    assert "secret" not in near.text + near.mapping.server_path
    assert "secret" not in explain_unmapped(path, UnmappedReason.NO_RULE, [near.mapping])
