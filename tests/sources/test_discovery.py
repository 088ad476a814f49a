"""Servers answer on loopback; hostile answers, silence and broken networks are nothing to worry about."""

import json
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from retrovue.core.domain.servers import ServerKind
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.sources.discovery import (
    FoundServer,
    Interface,
    Question,
    discover,
    interfaces,
    parse_gdm,
    parse_mediabrowser,
    questions,
)

LOOPBACK = Interface("127.0.0.1")
GDM = (
    b"HTTP/1.0 200 OK\r\nContent-Type: plex/media-server\r\nHost: abc.plex.direct\r\nName: Attic: upstairs\r\n"
    b"Port: 32401\r\nResource-Identifier: 0123456789abcdef\r\nUpdated-At: 1\r\nVersion: 1.43\r\n\r\n"
)


class Responder:
    """Answers each datagram with some others; `heard` is what came in."""

    def __init__(self, *answers: bytes) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.target = self._socket.getsockname()
        self.heard: list[bytes] = []
        self._answers = answers
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while True:
            data, sender = self._socket.recvfrom(2_048)
            if data == b"stop":
                return
            self.heard.append(data)
            for answer in self._answers:
                self._socket.sendto(answer, sender)

    def stop(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.sendto(b"stop", self.target)
        self._thread.join(30)
        self._socket.close()


@pytest.fixture
def responder() -> Iterator[Callable[..., Responder]]:
    running: list[Responder] = []

    def start(*answers: bytes) -> Responder:
        running.append(Responder(*answers))
        return running[-1]

    yield start
    for each in running:
        each.stop()


def emby(name: str = "Cellar", address: str = "http://192.0.2.7:8096", machine: str = "ab" * 16) -> bytes:
    return json.dumps({"Address": address, "Id": machine, "Name": name, "EndpointAddress": None}).encode()


def test_all_three_answer_and_are_found_once(responder: Callable[..., Responder]) -> None:
    plex, mediabrowser, jellyfin = responder(GDM, GDM), responder(emby()), responder(emby("Roof", machine="cd" * 16))
    asked = [
        Question(ServerKind.PLEX, b"M-SEARCH * HTTP/1.0\r\n\r\n", (plex.target,)),
        Question(ServerKind.EMBY, b"who is EmbyServer?", (mediabrowser.target,)),
        Question(ServerKind.JELLYFIN, b"Who is JellyfinServer?", (jellyfin.target,)),
    ]
    found = discover(duration_s=0.5, asked=[(LOOPBACK, asked), (LOOPBACK, asked)])
    assert found == [
        FoundServer(ServerKind.PLEX, "http://127.0.0.1:32401", "Attic: upstairs", "0123456789abcdef"),
        FoundServer(ServerKind.EMBY, "http://192.0.2.7:8096", "Cellar", "ab" * 16),
        FoundServer(ServerKind.JELLYFIN, "http://192.0.2.7:8096", "Roof", "cd" * 16),
    ]
    assert mediabrowser.heard == [b"who is EmbyServer?"] * 2


def test_hostile_answers_are_ignored_beside_a_good_one(responder: Callable[..., Responder]) -> None:
    bad = [
        b"", b"\xff\xfe\x00", b"[" * 8_000, b"null", b'"x"', b'{"Id":1}', b"{" * 3_000, b"x" * 9_000,
        emby(address="javascript:alert(1)"), emby(address="file:///etc/passwd"), emby(address="http://"),
        emby(address="http://user:secret@192.0.2.1"), emby(address="http://192.0.2.1:99999"),
        emby(machine="../../etc"), emby(machine="a" * 500), emby(address="http://a.invalid/?x=1"),
    ]  # fmt: skip
    server = responder(*bad, emby())
    found = discover(duration_s=0.5, asked=[(LOOPBACK, [Question(ServerKind.EMBY, b"?", (server.target,))])])
    assert [each.machine_identifier for each in found] == ["ab" * 16]


@pytest.mark.parametrize(
    "data",
    [
        b"", b"HTTP/1.0 404 Not Found\r\n\r\n", GDM.replace(b"plex/media-server", b"plex/media-player"),
        GDM.replace(b"32401", b"0"), GDM.replace(b"32401", b"99999"), GDM.replace(b"32401", "٣".encode()),
        GDM.replace(b"0123456789abcdef", b"<script>"), GDM.replace(b"Resource-Identifier", b"Other"),
        b"\x00" * 100,
    ],
)  # fmt: skip
def test_what_is_no_answer_of_plex(data: bytes) -> None:
    assert parse_gdm(data, "192.0.2.9") is None


def test_one_liar_does_not_crowd_out_the_others(responder: Callable[..., Responder]) -> None:
    liar = responder(*(emby(name=f"!{number:04}", machine=f"{number:032}") for number in range(400)))
    honest = responder(GDM)
    asked = [
        Question(ServerKind.EMBY, b"?", (liar.target,)),
        Question(ServerKind.PLEX, b"?", (honest.target,)),
    ]
    found = discover(duration_s=0.5, asked=[(LOOPBACK, asked)])
    assert len(found) < 50
    assert [each.name for each in found if each.kind is ServerKind.PLEX] == ["Attic: upstairs"]


def test_an_answer_that_points_to_the_internet_is_asked_where_it_came_from() -> None:
    for address, wanted in (
        ("http://media.example.org:8096", "http://192.168.1.9:8096"),
        ("http://1.2.3.4", "http://192.168.1.9:80"),
        ("https://media.example.org/jellyfin/", "https://media.example.org/jellyfin"),
        ("http://172.17.0.2:8096", "http://172.17.0.2:8096"),
        ("http://nas:8096", "http://nas:8096"),
    ):
        found = parse_mediabrowser(ServerKind.EMBY, emby(address=address), "192.168.1.9")
        assert found is not None
        assert found.url == wanted


def test_names_are_made_fit_to_show() -> None:
    found = parse_mediabrowser(ServerKind.EMBY, emby(name="A\u202e\x1b[31m" + "x" * 500))
    assert found is not None
    assert found.name.isprintable()
    assert len(found.name) == 100
    nameless = parse_mediabrowser(ServerKind.EMBY, emby(name=""))
    assert nameless is not None
    assert nameless.name == "192.0.2.7"


def test_silence_a_dead_interface_and_no_network_find_nothing() -> None:
    silent = Question(ServerKind.PLEX, b"?", (("127.0.0.1", 9),))
    assert discover(duration_s=0.1, asked=[(LOOPBACK, [silent])]) == []
    assert discover(duration_s=5, asked=[(Interface("192.0.2.250"), [silent])]) == []
    assert discover(duration_s=5, asked=[]) == []
    cancel = CancelToken()
    cancel.cancel()
    assert discover(duration_s=60, cancel=cancel, asked=[(LOOPBACK, [silent])]) == []


def test_every_interface_asks_by_broadcast_and_multicast() -> None:
    plex, mediabrowser, jellyfin = questions(Interface("192.0.2.5", "192.0.2.255"))
    assert plex.targets == (("239.0.0.250", 32414), ("255.255.255.255", 32414), ("192.0.2.255", 32414))
    assert mediabrowser.targets == jellyfin.targets == (("255.255.255.255", 7359), ("192.0.2.255", 7359))
    assert all(not each.address.startswith("127.") for each in interfaces())
