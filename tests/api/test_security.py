"""Who is answered: keys, the brake, foreign names, sizes, nonsense, and hints that nobody has to believe."""

import contextlib
import http.client
import json
import random
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree

import pytest
from sqlalchemy import update
from tests.api.conftest import KEY, Asker

from retrovue.api.guard import Brake, is_our_name
from retrovue.api.hooks import Hooks
from retrovue.api.privacy import without_mail
from retrovue.api.protocol import BoundedProtocol
from retrovue.api.server import ApiServer
from retrovue.api.tautulli.commands import COMMANDS
from retrovue.api.tautulli.xml import as_xml
from retrovue.core.domain.playback import EventKind
from retrovue.core.services.monitor import PlaybackEvent
from retrovue.core.services.sharing.hooks import hook_secret, hook_url, put_back_hook, renew_hook
from retrovue.core.storage.tables import media_users


@pytest.mark.parametrize("headers", [{"X-Api-Key": KEY}, {"Authorization": f"Bearer {KEY}"}], ids=["header", "bearer"])
def test_the_key_may_come_in_a_header(shared: Asker, headers: dict[str, str]) -> None:
    status, body = shared.raw("/api/v2?cmd=status", headers=headers)
    assert (status, json.loads(body)["response"]["result"]) == (200, "success")


PARTS = (
    '--x\r\nContent-Disposition: form-data; name="thumb"; filename="cmd"\r\n\r\nfile\r\n'
    f"--x\r\ncontent-disposition: form-data; name=apikey\r\n\r\n{KEY}\r\n"
    '--x\r\nContent-Disposition: form-data; name="cmd"\r\n\r\nget_server_friendly_name\r\n--x--\r\n'
)


@pytest.mark.parametrize(
    ("content_type", "form"),
    [
        ("application/x-www-form-urlencoded", f"apikey={KEY}&cmd=get_server_friendly_name"),
        ("multipart/form-data; boundary=x", PARTS),
        ('Multipart/Form-Data; charset=utf-8; boundary="x"', PARTS),
    ],
)
def test_a_form_is_read_like_an_address(shared: Asker, content_type: str, form: str) -> None:
    headers = {"Content-Type": content_type}
    status, body = shared.raw("/api/v2", method="POST", body=form.encode(), headers=headers)
    assert (status, json.loads(body)["response"]["data"]) == (200, "Plex")


def test_a_form_of_forms_of_forms_is_no_trouble(shared: Asker) -> None:
    inner = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n" for n in range(900))
    for parts in (inner, "Content-Type: message/rfc822\r\n\r\n" * 1900, "\r\n\r\n--x\r\n" * 5000):
        headers = {"Content-Type": "multipart/form-data; boundary=x", "X-Api-Key": KEY}
        status, body = shared.raw("/api/v2", method="POST", body=f"--x\r\n{parts}".encode(), headers=headers)
        assert (status, json.loads(body)["response"]["result"]) == (400, "error")


def test_nothing_is_told_without_the_key(shared: Asker) -> None:
    for path in ("/api/v2?cmd=get_users", "/api/v1/plays", "/api/v1/events", "/servers/Plex/api/v2?cmd=get_history"):
        status, body = shared.raw(path)
        assert status in (400, 401)
        assert b"marlow" not in body


def test_a_foreign_name_is_not_answered(shared: Asker) -> None:
    status, body = shared.raw(f"/api/v2?cmd=status&apikey={KEY}", headers={"Host": "evil.example.com"})
    assert (status, json.loads(body)["response"]["result"]) == (400, "error")


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("127.0.0.1:8181", True),
        ("localhost", True),
        ("[::1]:8181", True),
        ("192.168.1.20:8181", True),
        ("nas.local:8181", True),
        ("nas:8181", True),
        ("evil.example.com", False),
        ("127.0.0.1.evil.com", False),
        ("", False),
        ("localhost.", True),
        ("NAS.local.:8181", True),
        ("nas.home.arpa", True),
        ("127.0.0.1.:8181", True),
        ("[fe80::1%25eth0]:8181", True),
        ("[::1]evil.example.com", False),
        ("[evil.example.com]", False),
        ("[127.0.0.1]", False),
        ("::1", False),
        ("localhost:port", False),
        ("localhost:8181@evil.example.com", False),
        ("evil.example.com.", False),
        (".", False),
    ],
)
def test_names_of_this_computer(host: str, ours: bool) -> None:
    assert is_our_name(host, "0.0.0.0") is ours


def test_the_brake_holds_after_ten_wrong_keys_and_lets_go_after_a_minute() -> None:
    now = [0.0]
    brake = Brake(lambda: now[0])
    for _ in range(10):
        assert not brake.is_on("10.0.0.9")
        brake.wrong("10.0.0.9")
    assert brake.is_on("10.0.0.9")
    assert not brake.is_on("10.0.0.8")
    now[0] = 61.0
    assert not brake.is_on("10.0.0.9")


@pytest.mark.slow
def test_a_right_key_passes_where_wrong_ones_came_from(shared: Asker) -> None:
    """Two programs behind one address: the one with the old key does not lock the other out."""
    server = ApiServer(shared.house)
    server.start()
    try:
        asker = Asker(server, shared.house)
        wrong = [asker.raw(f"/api/v2?cmd=status&apikey={n:032}") for n in range(10)]
        assert {status for status, _body in wrong} == {400}
        assert asker.raw(f"/api/v2?cmd=status&apikey={KEY}")[0] == 200
        began = time.monotonic()
        assert asker.raw(f"/api/v2?cmd=status&apikey={'x' * 32}")[0] == 400
        assert time.monotonic() - began > 0.9
    finally:
        server.stop()


def test_at_most_so_many_answers_are_held_back() -> None:
    brake = Brake()
    with contextlib.ExitStack() as held:
        assert [held.enter_context(brake.holding()) for _ in range(21)] == [1.0] * 20 + [0.0]
    with brake.holding() as hold_s:
        assert hold_s == 1.0


def test_no_web_page_reads_anything_unless_it_is_named(shared: Asker) -> None:
    query = f"/api/v2?apikey={KEY}&cmd=status"
    page = {"Origin": "https://dash.example"}
    server = ApiServer(shared.house, origins=["https://dash.example"])
    server.start()
    try:
        for asked, allowed in ((shared.server, None), (server, "https://dash.example")):
            connection = http.client.HTTPConnection("127.0.0.1", int(asked.url.rsplit(":", 1)[1]), timeout=20)
            connection.request("GET", query, headers=page)
            assert connection.getresponse().headers["Access-Control-Allow-Origin"] == allowed
            connection.close()
            # What a browser asks first, where a page of the internet wants something of the home network.
            wants = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Private-Network": "true"}
            connection.request("OPTIONS", query, headers=page | wants)
            answer = connection.getresponse()
            assert (answer.status == 200) is (allowed is not None)
            assert answer.headers["Access-Control-Allow-Private-Network"] == ("true" if allowed else None)
            connection.close()
        named = Asker(server, shared.house)
        assert named.raw(f"/api/v2?apikey={KEY}&cmd=terminate_session&session_key=1", headers=page)[0] == 400
    finally:
        server.stop()


def test_answers_come_as_xml_where_that_is_asked_for(shared: Asker) -> None:
    for words in ("cmd=get_history&length=5", "cmd=get_users", "cmd=nonsense", "cmd=get_metadata&rating_key=0"):
        query = f"/api/v2?apikey={KEY}&{words}"
        status, body = shared.raw(f"{query}&out_type=xml")
        plain_status, plain = shared.raw(query)
        answer, root = json.loads(plain)["response"], ElementTree.fromstring(body)
        assert (status, root.tag) == (plain_status, "response")
        assert [root.findtext("result"), root.findtext("message") or None] == [answer["result"], answer["message"]]
        if words.startswith("cmd=get_history"):
            rows = [row.findtext("full_title") for row in root.findall("data/data")]
            assert rows == [row["full_title"] for row in answer["data"]["data"]]
    assert ElementTree.fromstring(shared.raw("/api/v2?cmd=status&out_type=xml")[1]).findtext("result") == "error"
    odd = {"a": [{"b": "x<\x00&\ud800"}, {"b": None}], "c": [], "d": {}, "e": False}
    assert [each.text for each in ElementTree.fromstring(as_xml({"r": odd})).iter() if each.tag != "a"][1:] == [
        "x<&",
        None,
        None,
        "false",
    ]


def test_too_much_is_refused_before_it_is_read(shared: Asker) -> None:
    status, _body = shared.raw(f"/api/v2?cmd=status&apikey={KEY}&search={'x' * 9_000}")
    assert status == 400
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    status, _body = shared.raw("/api/v2", method="POST", body=b"x" * 100_000, headers=form)
    assert status == 400


def test_no_answer_holds_a_token_or_an_address_of_mail(shared: Asker) -> None:
    tokens = [shared.house.host.secrets.get(each.uuid, each.name) or "" for each in shared.house.host.servers.all()]
    assert all(tokens)
    for command in sorted(COMMANDS):
        _status, body = shared.raw(
            f"/api/v2?apikey={KEY}&cmd={command}&count=5&query=a&user_id=1&section_id=1&rating_key=11"
        )
        assert not any(token.encode() in body for token in tokens), command
        assert b"@" not in body, command


def test_people_who_are_named_by_their_mail_keep_it_to_themselves(shared: Asker) -> None:
    """Plex calls those who chose no username by the address that they signed up with."""
    user = shared.house.host.shared.users()[0]
    rows = update(media_users).where(media_users.c.id == user.id)
    with shared.house.host.database.write() as connection:
        connection.execute(rows.values(name="anna.b@mail.example.com"))
    try:
        # Names are read anew after a moment.
        scope = ApiServer(shared.house)
        scope.start()
        asker = Asker(scope, shared.house)
        for words in ("cmd=get_users", "cmd=get_users&out_type=xml", "cmd=get_users&callback=f", "cmd=get_home_stats"):
            _status, body = asker.raw(f"/api/v2?apikey={KEY}&{words}")
            assert b"mail.example" not in body, words
        assert "anna.b" in {each["username"] for each in asker.data("get_users")}
        scope.stop()
    finally:
        with shared.house.host.database.write() as connection:
            connection.execute(rows.values(name=user.name))
    odd = {"file": "/films/a@b.example/x.mkv", "title": "Live @ home", "names": ("me@x.org", None, 3)}
    assert without_mail(odd) == {**odd, "names": ["me", None, 3]}


@pytest.mark.slow
def test_nonsense_is_never_a_server_error(shared: Asker) -> None:
    dice = random.Random(5)
    names = (
        "start length order_column order_dir search user user_id rating_key parent_rating_key section_id media_type "
        "transcode_decision guid grouping include_activity after before start_date reference_id time_range y_axis "
        "stat_id stats_count stats_start stats_type query_days count limit query img row_id session_key callback"
    ).split()
    values = (
        "", "0", "-1", "1", "25", "999999999999999999999", "-5", "1.5", "abc", "' OR 1=1 --", "%", "_", "\x00",
        "é" * 50, "2026-02-30", "2026-11-29", "9999-12-31", "0001-01-01", "1,2,,3", ",", "null", "[]", "{}",
        "../../etc/passwd", "http://127.0.0.1/x", "NaN", "1e400", "true", "\ud800",
    )  # fmt: skip
    for command in [*sorted(COMMANDS), "pms_image_proxy", "status", "sql", ""] * 3:
        chosen = dice.sample(names, 6)
        words = "&".join(f"{name}={quote(dice.choice(values), errors='surrogatepass')}" for name in chosen)
        status, body = shared.raw(f"/api/v2?apikey={KEY}&cmd={command}&{words}")
        assert status in (200, 400), (command, words, body[:300])
        assert b"Traceback" not in body


def test_our_own_answers_and_their_description(shared: Asker) -> None:
    key = {"X-Api-Key": KEY}
    status, body = shared.raw("/api/v1/openapi.json")
    assert status == 200
    for path in json.loads(body)["paths"]:
        if path != "/api/v1/events":
            status, answer = shared.raw(path, headers=key)
            is_one = path.endswith(("/statistics", "/candidates"))
            assert (status, type(json.loads(answer))) == (200, dict if is_one else list), path
    days = json.loads(shared.raw("/api/v1/statistics?view=users", headers=key)[1])
    assert days["total"]["plays"] == sum(row["plays"] for row in days["rows"]) > 0
    assert "candidates" in json.loads(shared.raw("/api/v1/candidates?level=show&idle_days=5", headers=key)[1])
    assert shared.raw("/api/v1/statistics?view=nonsense", headers=key)[0] == 400
    assert shared.raw("/api/v1/candidates?level=nonsense", headers=key)[0] == 400
    plays = json.loads(shared.raw("/api/v1/plays?limit=3&server=Jellyfin", headers=key)[1])
    assert [play["server"] for play in plays] == ["Jellyfin"] * 3
    assert shared.raw("/api/v1/plays?from=nonsense", headers=key)[0] == 400
    assert shared.raw("/api/v1/nothing", headers=key)[0] == 404


def test_events_come_as_lines_until_the_reader_goes(shared: Asker) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", int(shared.server.url.rsplit(":", 1)[1]), timeout=20)
    connection.request("GET", "/api/v1/events", headers={"X-Api-Key": KEY})
    answer = connection.getresponse()
    assert answer.status == 200
    shared.house.events.tell(PlaybackEvent(EventKind.SERVER_DOWN, datetime(2026, 3, 1, tzinfo=UTC), "Plex", 1))
    said = json.loads(answer.readline())
    assert (said["event"], said["server"], said["at"]) == ("server_down", "Plex", "2026-03-01T00:00:00.000Z")
    connection.close()


def test_a_webhook_leads_to_one_look_a_second(shared: Asker) -> None:
    looked: list[int] = []
    shared.house.wake = lambda server_id: looked.append(server_id) or True
    server = shared.house.host.servers.all()[0]
    now = [100.0]
    hooks = Hooks(shared.house, lambda: now[0])
    secret = hook_secret(shared.house.host, shared.house.key, server.uuid)
    for _ in range(50):
        assert hooks.came(secret)
    assert looked == [server.id]
    now[0] += 1.5
    hooks.close()
    assert hooks.came(secret)
    assert looked == [server.id] * 2
    assert shared.house.hints.last_at(server.id) is not None
    assert not hooks.came("x" * 32)


PLEX = {
    "event": "media.play",
    "user": True,
    "owner": True,
    "Account": {"id": 1, "thumb": "https://plex.example/users/1/avatar", "title": "ada"},
    "Server": {"title": "Attic", "uuid": "5f2c"},
    "Player": {"local": True, "publicAddress": "198.51.100.7", "title": "Living room", "uuid": "r6yf"},
    "Metadata": {"librarySectionType": "movie", "ratingKey": "11", "guid": "plex://movie/5d77", "type": "movie"},
}
EMBY = {
    "Title": "Ada hat The Tide Table gestartet",
    "Date": "2026-11-30T08:00:00.0000000Z",
    "Event": "playback.start",
    "User": {"Name": "Ada", "Id": "3f0c"},
    "Item": {
        "Name": "The Tide Table",
        "Id": "7",
        "Type": "Movie",
        "Path": "/media/t.mkv",
        "ProviderIds": {"Tmdb": "1"},
    },
    "Server": {"Name": "Attic", "Id": "9c1d", "Version": "4.9.5.0"},
    "Session": {"RemoteEndPoint": "192.0.2.9", "Client": "Emby Web", "DeviceName": "Firefox", "Id": "ab"},
    "PlaybackInfo": {"PositionTicks": 0, "PlaySessionId": "c0"},
}
JELLYFIN = {
    "NotificationType": "PlaybackStart",
    "ServerId": "9c1d",
    "NotificationUsername": "ada",
    "Name": "Tide Table",
}
TAUTULLI = {"action": "play", "session_key": "27", "user": "ada", "title": "The Tide Table", "rating_key": "11"}


def form(name: str, document: object) -> str:
    """A form with a document and a picture, in the encoding of its parts."""
    return (
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\nContent-Type: application/json\r\n\r\n'
        f"{json.dumps(document)}\r\n"
        '--x\r\nContent-Disposition: form-data; name="thumb"; filename="thumb.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
        "\xff\xd8\xff\r\n--x--\r\n"
    )


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        # Plex posts a form with a picture, Emby a form with "data" or JSON by its setting, the plugin of Jellyfin JSON
        # that says it is text, Tautulli whatever its template says.
        *(
            ("multipart/form-data; boundary=x", form("payload", PLEX | {"event": event}))
            for event in ("media.play", "media.pause", "media.resume", "media.stop", "media.scrobble", "library.new")
        ),
        *(
            ("multipart/form-data; boundary=x", form("data", EMBY | {"Event": event}))
            for event in ("playback.start", "playback.unpause", "playback.stop", "item.markplayed", "library.new")
        ),
        ("application/x-www-form-urlencoded", f"data={quote(json.dumps(EMBY))}"),
        ("application/json", json.dumps(EMBY)),
        ("text/plain; charset=utf-8", json.dumps(JELLYFIN)),
        ("application/json", json.dumps(TAUTULLI)),
        ("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data\r\n\r\n{broken"),
        ("", ""),
    ],
)
def test_whatever_is_sent_to_the_address_is_a_hint(shared: Asker, kind: str, body: str) -> None:
    looked: list[int] = []
    shared.house.wake = lambda server_id: looked.append(server_id) or True
    server = shared.house.host.servers.all()[0]
    url = urlsplit(hook_url(shared.house.host, shared.house.key, server, "127.0.0.1", 8181))
    headers = {"Content-Type": kind}
    assert shared.raw(url.path, method="POST", body=body.encode("latin-1"), headers=headers)[0] == 204
    assert set(looked) <= {server.id}


def test_an_address_that_is_guessed_and_a_body_without_end_lead_to_no_look(shared: Asker) -> None:
    looked: list[int] = []
    shared.house.wake = lambda server_id: looked.append(server_id) or True
    server = shared.house.host.servers.all()[0]
    url = urlsplit(hook_url(shared.house.host, shared.house.key, server, "127.0.0.1", 8181))
    assert shared.raw(f"/hooks/{'0' * 32}", method="POST", body=b"{}")[0] == 404
    assert shared.raw(url.path, method="POST", body=b"x" * (4 * 1024 * 1024 + 1))[0] == 413
    assert looked == []


def test_a_renewed_webhook_address_and_the_way_back(shared: Asker) -> None:
    host, key = shared.house.host, shared.house.key
    first, other = (each.uuid for each in host.servers.all())
    before = [hook_secret(host, key, each) for each in (first, other)]
    assert before[0] != before[1]
    kept = renew_hook(host, first)
    assert hook_secret(host, key, first) != before[0]
    assert hook_secret(host, key, other) == before[1]
    put_back_hook(host, first, kept)
    assert [hook_secret(host, key, each) for each in (first, other)] == before


ASKED = f"/api/v2?apikey={KEY}&cmd=get_activity"


@contextlib.contextmanager
def connected(shared: Asker, server: ApiServer | None = None) -> Iterator[socket.socket]:
    address = urlsplit((server or shared.server).url)
    with socket.create_connection((address.hostname, address.port), timeout=30) as connection:
        yield connection


@pytest.mark.parametrize(
    ("begins", "goes_on"),
    [
        (b"GET /api/v2?", b"a" * 1000),
        (b"GET /api/v2 HTTP/1.1\r\nHost: localhost\r\n", b"X-More: " + b"a" * 990 + b"\r\n"),
        (b"GET /api/v2 HTTP/1.1\r\nHost: localhost\r\nX-One: ", b"a" * 1000),
        (
            b"POST /hooks/none HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
            b"X-Trailer: " + b"a" * 980 + b"\r\n",
        ),
    ],
    ids=["address", "headers", "one-header", "trailers"],
)
def test_a_request_without_an_end_is_cut(shared: Asker, begins: bytes, goes_on: bytes) -> None:
    with connected(shared) as connection:
        connection.sendall(begins)
        # The system holds a few megabytes for a connection whose other end no longer reads.
        with pytest.raises(OSError):
            connection.sendall(goes_on * 64_000)


def test_who_says_nothing_or_never_ends_is_cut(shared: Asker) -> None:
    """As many as may be connected would otherwise keep everybody else out."""

    class Hasty(BoundedProtocol):
        patience_s = 0.05

    server = ApiServer(shared.house, protocol=Hasty)
    server.start()
    try:
        for begins in (
            b"",
            b"GET /api/v2",
            b"POST /api/v2 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nabc",
            b"POST /hooks/none HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nabc",
        ):
            # Where the cut came before the words, the system says so in its own way.
            with connected(shared, server) as connection, contextlib.suppress(ConnectionError):
                connection.sendall(begins)
                assert connection.recv(100) == b""
    finally:
        server.stop()


def test_a_slash_behind_the_address_sends_nobody_elsewhere(shared: Asker) -> None:
    for path in ("/api/v2/", "/servers/Plex/api/v2/"):
        assert shared.raw(f"{path}?apikey={KEY}&cmd=status")[0] == 200
        assert shared.raw(f"{path}?apikey={KEY}&cmd=status", headers={"Host": "evil.example"})[0] == 400
    assert shared.raw("/api/v1/servers/", headers={"Host": "evil.example"})[0] == 401


def test_every_address_answers_in_json(shared: Asker) -> None:
    key = {"X-Api-Key": KEY}
    for path in ("/api/v1", "/api/v1/openapi.json", "/api/v1/servers"):
        assert shared.raw(path, headers=key) == shared.raw(f"{path}/", headers=key), path
    for path in ("/", "/api", "/api/v1/nothing", "/api/v1/plays/3", "/servers/Plex", "/hooks", "/favicon.ico"):
        status, body = shared.raw(path, headers=key)
        assert (status, list(json.loads(body))) == (404, ["error"]), path
    for method, path, wanted in (("GET", "/api/v2/nothing", 404), ("PUT", "/servers/Plex/api/v2", 405)):
        status, body = shared.raw(path, method=method, headers=key)
        assert (status, json.loads(body)["response"]["result"]) == (wanted, "error"), path


@pytest.mark.parametrize(
    "request_line",
    [b"GET \xff\xfe HTTP/1.1", b"OPTIONS * HTTP/1.1", b"CONNECT a:1 HTTP/1.1", b"NONSENSE", b"GET http://[ HTTP/1.1"],
)
def test_what_is_no_request_is_refused_without_a_trace(
    shared: Asker, request_line: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with connected(shared) as connection:
        connection.sendall(request_line + b"\r\nHost: localhost\r\n\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 4")
    assert not [record for record in caplog.records if record.exc_info]


def test_a_client_that_offers_another_protocol_is_answered_again_and_again(shared: Asker) -> None:
    # Java's client offers HTTP/2 with its requests.
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(shared.server.url).port or 0, timeout=30)
    offer = {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": "AAEAAEAAAAIAAAABAAMAAABkAAQ"}
    for _ in range(3):
        connection.request("GET", ASKED, headers=offer)
        answer = connection.getresponse()
        assert (answer.status, json.loads(answer.read())["response"]["result"]) == (200, "success")
    connection.close()


def test_an_answer_that_was_kept_needs_the_key_and_a_name_of_ours(shared: Asker) -> None:
    by_header = "/api/v2?cmd=get_activity"
    for path, headers in ((ASKED, {}), (by_header, {"X-Api-Key": KEY})):
        first, again = (shared.raw(path, headers=headers) for _ in range(2))
        assert first[0] == again[0] == 200
        assert json.loads(first[1])["response"]["data"].keys() == json.loads(again[1])["response"]["data"].keys()
        assert shared.raw(path, headers=headers | {"Host": "evil.example"})[0] == 400
    assert shared.raw(by_header)[0] == 400
    assert shared.raw(by_header, headers={"X-Api-Key": "0" * 32})[0] == 400
    assert shared.raw(by_header, method="DELETE", headers={"X-Api-Key": KEY})[0] == 405
    board, server = shared.house.board, shared.house.host.servers.all()[0]
    known = board.state(server.id)
    assert known is not None
    assert json.loads(shared.raw(ASKED)[1])["response"]["data"]["stream_count"] == "2"
    board.take(replace(known, sessions=()))
    assert json.loads(shared.raw(ASKED)[1])["response"]["data"]["stream_count"] == "1"
    board.take(known)
