"""Each fault of servers, proxies and networks, seen by the Plex source: an error of the right kind, or the truth."""

import pytest

from retrovue.core.domain.errors import (
    AuthError,
    PageTooLargeError,
    ProtocolError,
    RateLimitedError,
    SourceError,
    UnreachableError,
    UnsupportedVersionError,
)
from retrovue.core.domain.media import ItemKind
from retrovue.core.sources.plex.source import PlexSource
from retrovue.demo import fault_kinds as f
from retrovue.demo.faults import path

ALL = path("/all$")


@pytest.fixture
def plex(server, http):
    """A source with short deadlines, for servers that hang."""
    client = http(server.url, read_timeout_s=0.5, total_timeout_s=1.5)
    return PlexSource(client.connection, client=client)


@pytest.fixture
def page(plex, shows):
    """Fetches the first page of episodes."""
    return lambda size=100, start=0: plex.items_page(shows, ItemKind.EPISODE, start=start, size=size)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (f.Status(match=ALL), ProtocolError),
        (f.Status(match=ALL, status=401), AuthError),
        (f.Status(match=ALL, status=429, retry_after="3600"), RateLimitedError),
        (f.Cut(match=ALL), UnreachableError),
        (f.Cut(match=ALL, reset=False), UnreachableError),
        (f.CutInBody(match=ALL), SourceError),
        (f.CutInBody(match=ALL, reset=False), ProtocolError),
        (f.Truncate(match=ALL), ProtocolError),
        (f.Malformed(match=ALL), ProtocolError),
        (f.Html(match=ALL), ProtocolError),
        (f.Redirect(match=ALL, location="http://portal.invalid/login"), ProtocolError),
        (f.BadGzip(match=ALL), ProtocolError),
        (f.RefuseLargePages(match=ALL, limit=99), PageTooLargeError),
        (f.Hang(match=ALL), SourceError),
        (f.Hang(match=ALL, share=0.0), SourceError),
        (f.Hang(match=ALL, share=0.5), SourceError),
        (f.Drip(match=ALL, pause_s=0.05), SourceError),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, f.Fault) else None,
)
@pytest.mark.parametrize("xml", [False, True])
def test_a_spoilt_answer_is_an_error_in_time(server, page, fault, error, xml):
    fault.fired = fault._seen = 0
    also = [f.Flag(flag="always_xml")] if xml else []
    with server.faults.using(fault, *also), pytest.raises(error) as caught:
        page()
    assert caught.value.user_text().endswith(".")
    assert fault.fired


def test_the_json_of_2015_is_refused(server, page):
    with server.faults.using(f.Flag(match=ALL, flag="legacy_tree")), pytest.raises(UnsupportedVersionError):
        page()


@pytest.mark.parametrize("xml", [False, True])
@pytest.mark.parametrize(
    "fault",
    [
        f.Status(match=ALL, status=500, every=2),
        f.Status(match=ALL, status=503, retry_after="1", every=2),
        f.Cut(match=ALL, every=2),
        f.CutInBody(match=ALL, every=2),
    ],
    ids=lambda value: f"{type(value).__name__}-{getattr(value, 'status', '')}",
)
def test_what_fails_now_and_then_is_asked_again(server, page, fault, xml):
    also = [f.Flag(flag="always_xml")] if xml else []
    expected = page(size=400).items
    fault.fired = fault._seen = 0
    found = []
    with server.faults.using(fault, *also):
        for start in range(0, len(expected), 50):
            found += page(size=50, start=start).items
    assert [i.remote_id for i in found][: len(expected)] == [i.remote_id for i in expected]
    assert fault.fired >= 2


def test_a_token_revoked_in_the_middle_is_told_once(server, page, plex):
    page()
    with server.faults.using(f.Status(status=401)):
        before = plex.traffic.requests
        with pytest.raises(AuthError):
            page(start=100)
        assert plex.traffic.requests == before + 1


@pytest.mark.parametrize("xml", [False, True])
@pytest.mark.parametrize("change", [f.wrong_types, f.without_key])
def test_one_bad_item_stays_one(server, page, library, change, xml):
    good = page(size=200)
    victim = good.items[57].remote_id
    also = [f.Flag(flag="always_xml")] if xml else []
    with server.faults.using(f.SpoilItem(item_id=int(victim), change=change), *also):
        spoilt = page(size=200)
    assert spoilt.arrived == good.arrived
    assert [i for i in good.items if i.remote_id != victim] == list(spoilt.items)
    assert [bad.remote_id for bad in spoilt.bad] == [victim if change is f.wrong_types else None]
    assert spoilt.bad[0].reason


@pytest.mark.parametrize("xml", [False, True])
def test_a_bad_item_of_a_slim_page_is_present(server, plex, shows, xml):
    victim = plex.stubs_page(shows, ItemKind.EPISODE, start=0, size=50).stubs[7].remote_id
    also = [f.Flag(flag="always_xml")] if xml else []
    with server.faults.using(f.SpoilItem(item_id=int(victim)), *also):
        page = plex.stubs_page(shows, ItemKind.EPISODE, start=0, size=50)
    assert [bad.remote_id for bad in page.bad] == [victim]
    assert (page.arrived, len(page.stubs)) == (50, 49)


@pytest.mark.parametrize(
    "by",
    [
        b'"title":"\xff\xfe',
        b'"title":"\x00',
        b'"title":"\\u0000',
        b'"title":"\\ud800',
        b'"title":"\xed\xa0\x80',
        b'"title":"\x01\n',
    ],
)
def test_text_that_no_decoder_accepts_is_mended(server, page, by):
    good = page(size=50).items
    with server.faults.using(f.Replace(match=ALL, by=by)):
        mended = page(size=50)
    assert (mended.arrived, mended.bad) == (50, [])
    assert list(mended.items[1:]) == list(good[1:])
    assert mended.items[0].title.lstrip("\ufffd\n ") == good[0].title
    assert "\x00" not in mended.items[0].title


def test_bytes_that_are_illegal_in_xml_are_mended(server, page):
    good = page(size=50).items
    fault = f.Replace(match=ALL, find=b' title="', by=b' title="\x00\xff\x0b')
    with server.faults.using(f.Flag(flag="always_xml"), fault):
        mended = page(size=50)
    assert mended.bad == []
    assert mended.items[0].title.lstrip("\ufffd") == good[0].title
    assert list(mended.items[1:]) == list(good[1:])


def test_entity_bombs_are_refused(server, page):
    bomb = b'<!DOCTYPE b [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><MediaContainer title="&b;"'
    fault = f.Replace(match=ALL, find=b"<MediaContainer", by=bomb)
    with server.faults.using(f.Flag(flag="always_xml"), fault), pytest.raises(ProtocolError, match="entities"):
        page()


def test_a_short_page_says_how_much_arrived(server, page):
    with server.faults.using(f.CapPages(match=ALL, limit=30)):
        capped = page(size=100)
    assert (capped.arrived, capped.declared, len(capped.items)) == (30, 30, 30)
    assert capped.total == page().total


def test_an_empty_page_in_the_middle_keeps_its_total(server, page):
    with server.faults.using(f.EmptyPage(match=ALL)):
        empty = page(start=100)
    assert (empty.arrived, empty.total) == (0, page().total)


@pytest.mark.parametrize(("by", "difference"), [(5, 5), (-5, -5)])
def test_wrong_totals_are_handed_on(server, page, by, difference):
    right = page().total
    with server.faults.using(f.WrongTotal(match=ALL, by=by)):
        assert page().total == right + difference


def test_a_missing_total_is_none(server, page, plex, shows):
    with server.faults.using(f.WrongTotal(match=ALL, by=None)):
        assert page().total is None
        assert plex.count(shows, ItemKind.EPISODE) is None


def test_duplicates_and_overlaps_are_visible(server, page):
    with server.faults.using(f.Duplicates(match=ALL)):
        ids = [item.remote_id for item in page().items]
    assert len(ids) == len(set(ids)) + 1
    first = [item.remote_id for item in page().items]
    with server.faults.using(f.Overlap(match=ALL, items=5)):
        second = [item.remote_id for item in page(start=100).items]
    assert second[:5] == first[-5:]


def test_another_part_of_the_list_than_asked_for_is_refused(server, page):
    fault = f.Replace(match=ALL, find=b'"offset":100', by=b'"offset":0')
    with server.faults.using(fault), pytest.raises(ProtocolError, match="a different part"):
        page(start=100)


def test_a_list_of_libraries_that_is_short_is_an_error(server, plex):
    fault = f.Replace(match=path("/library/sections$"), find=b'"size":6', by=b'"size":7')
    with server.faults.using(fault), pytest.raises(ProtocolError, match="incomplete"):
        plex.libraries()


def test_a_login_page_at_the_address(server, plex):
    with server.faults.using(f.Html()), pytest.raises(ProtocolError, match="network login page"):
        plex.identify()
