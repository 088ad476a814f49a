"""Stand-ins for names: the same for the same name, in paths part by part, and nothing else is touched."""

import pytest

from retrovue.core.services.upkeep.pseudonyms import Pseudonyms

NAMES = Pseudonyms(
    servers=["Attic", "Attic 2"],
    libraries=["TV Shows"],
    users=["mira", "Jörg & Анна"],
    titles=["The Lantern District", "Static Hour", "Kessler & Daughter", "Up"],
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Attic answers in 3 ms", "server-1 answers in 3 ms"),
        ("Attic 2 · TV Shows: no change", "server-2 · library-1: no change"),
        ("Attics is another word", "Attics is another word"),
        ("mira and Jörg & Анна", "user-2 and user-1"),
        ("Up goes nothing of two letters", "Up goes nothing of two letters"),
        ("2026-03-01 12:00:01 INFO and/or 4/5", "2026-03-01 12:00:01 INFO and/or 4/5"),
    ],
)
def test_names(text: str, expected: str) -> None:
    assert NAMES.apply(text) == expected


def test_a_title_has_one_stand_in_wherever_it_stands() -> None:
    names = Pseudonyms(titles=["The Lantern District", "Static Hour"])
    text = "“The Lantern District” S01E02, static hour.\nStatic Hour; the lantern district"
    assert names.apply(text) == "“title-1” S01E02, title-2.\ntitle-2; title-1"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/mnt/nas/Static Hour.mkv", "/name-1/name-2/name-3.mkv"),
        ("/mnt/Kessler's House/Season 01/a b.mkv, missing", "/name-1/name-2/name-3/name-4.mkv, missing"),
        ("'/srv/media' is not there", "'/name-1/name-2' is not there"),
        ("at /srv/media/film.mkv: missing", "at /name-1/name-2/name-3.mkv: missing"),
        ("\\\\nas\\share\\film.mkv", "\\\\name-1\\name-2\\name-3.mkv"),
        ("D:\\Films\\film.mkv", "D:\\name-1\\name-2.mkv"),
        ("smb://nas/share", "smb://name-1/name-2"),
        ("/srv/a.mkv and /srv/b.mkv", "/name-1/name-2.mkv and /name-1/name-3.mkv"),
    ],
)
def test_paths_keep_their_shape(path: str, expected: str) -> None:
    assert Pseudonyms(titles=["Static Hour"]).apply(path) == expected


@pytest.mark.slow
def test_hundreds_of_thousands_of_titles_cost_no_more_than_a_few() -> None:
    titles = [f"Episode number {n} of many" for n in range(200_000)]
    said = Pseudonyms(titles=titles).apply("read Episode number 77777 of many, again\n" * 200)
    assert said == "read title-1, again\n" * 200
