"""Discovery of media servers: Plex (GDM), Emby and Jellyfin respond to a broadcast.

Responses are not trusted. They only suggest an address, and the server is verified when it is contacted.
"""

import contextlib
import ipaddress
import selectors
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import ifaddr
import msgspec

from retrovue.core.domain.servers import ServerKind
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.sources.claims import address_of, identity_of, shown_name
from retrovue.core.sources.http.network import is_private

_GDM_GROUP = "239.0.0.250"
_GDM_PORT = 32414
_MEDIABROWSER_PORT = 7359
_GDM_QUESTION = b"M-SEARCH * HTTP/1.0\r\n\r\n"
_EMBY_QUESTION = b"who is EmbyServer?"
_JELLYFIN_QUESTION = b"Who is JellyfinServer?"
_MAX_ANSWER_BYTES = 8_192
_MAX_FOUND = 200
_MAX_PER_SENDER = 24
_SLICE_S = 0.1


@dataclass(frozen=True, slots=True)
class Question:
    """A datagram and its `targets`, `(host, port)`."""

    kind: ServerKind
    text: bytes
    targets: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class FoundServer:
    """A response to the search. None of it is verified."""

    kind: ServerKind
    url: str
    name: str
    machine_identifier: str


@dataclass(frozen=True, slots=True)
class Interface:
    """An address of this computer, with the broadcast address of its network."""

    address: str
    broadcast: str | None = None


def interfaces() -> list[Interface]:
    """Return every IPv4 address of this computer except loopback."""
    found = []
    for adapter in ifaddr.get_adapters():
        for entry in adapter.ips:
            if not entry.is_IPv4 or ipaddress.ip_address(str(entry.ip)).is_loopback:
                continue
            network = ipaddress.ip_network(f"{entry.ip}/{entry.network_prefix}", strict=False)
            found.append(Interface(str(entry.ip), str(network.broadcast_address)))
    return found


def questions(interface: Interface) -> list[Question]:
    """Return the datagrams for an interface: broadcasts, and for Plex also multicast."""
    everybody = dict.fromkeys(host for host in ("255.255.255.255", interface.broadcast) if host)
    gdm = ((_GDM_GROUP, _GDM_PORT), *((host, _GDM_PORT) for host in everybody))
    others = tuple((host, _MEDIABROWSER_PORT) for host in everybody)
    return [
        Question(ServerKind.PLEX, _GDM_QUESTION, gdm),
        Question(ServerKind.EMBY, _EMBY_QUESTION, others),
        Question(ServerKind.JELLYFIN, _JELLYFIN_QUESTION, others),
    ]


def discover(
    *,
    duration_s: float = 3.0,
    cancel: CancelToken | None = None,
    asked: Iterable[tuple[Interface, Sequence[Question]]] | None = None,
) -> list[FoundServer]:
    """Search on every interface in parallel and collect responses for `duration_s`.

    A server that responds several times, or on several interfaces, is returned once. An interface that cannot send is
    skipped: without a network the result is empty, not an error.

    Args:
        asked: interfaces with their datagrams, for tests; the default is every interface of this computer.
    """
    rounds = [(each, questions(each)) for each in interfaces()] if asked is None else list(asked)
    found: dict[tuple[ServerKind, str], tuple[FoundServer, str]] = {}
    with contextlib.ExitStack() as stack:
        selector = stack.enter_context(selectors.DefaultSelector())
        for interface, wanted in rounds:
            for question in wanted:
                sock = _ask(interface, question)
                if sock is not None:
                    stack.enter_context(sock)
                    selector.register(sock, selectors.EVENT_READ, question.kind)
        deadline = monotonic() + duration_s
        while selector.get_map() and (left := deadline - monotonic()) > 0 and not (cancel and cancel.cancelled):
            for key, _mask in selector.select(min(left, _SLICE_S)):
                answer = _receive(key.fileobj, key.data)
                if answer is not None:
                    _keep(found, *answer)
    return sorted((server for server, _ in found.values()), key=lambda server: (server.name.casefold(), server.url))


def _keep(found: dict[tuple[ServerKind, str], tuple[FoundServer, str]], server: FoundServer, sender: str) -> None:
    """Add a response unless there are too many: one host that fakes a thousand servers must not crowd out others."""
    of_sender = sum(1 for known, other in found.values() if (known.kind, other) == (server.kind, sender))
    if len(found) < _MAX_FOUND and of_sender < _MAX_PER_SENDER:
        found.setdefault((server.kind, server.machine_identifier), (server, sender))


def _ask(interface: Interface, question: Question) -> socket.socket | None:
    """Return a socket on which the datagrams were sent; None when none could be sent."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sent = 0
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(interface.address))
        sock.bind((interface.address, 0))
        for target in question.targets:
            with contextlib.suppress(OSError):
                sock.sendto(question.text, target)
                sent += 1
    except OSError:
        # The interface is gone, or cannot be used.
        sent = 0
    if not sent:
        sock.close()
        return None
    return sock


def _receive(sock: Any, kind: ServerKind) -> tuple[FoundServer, str] | None:
    """Return one response and its sender."""
    try:
        data, sender = sock.recvfrom(_MAX_ANSWER_BYTES + 1)
    except OSError:
        # Windows reports a closed port at the target here.
        return None
    if len(data) > _MAX_ANSWER_BYTES:
        return None
    host = sender[0]
    server = parse_gdm(data, host) if kind is ServerKind.PLEX else parse_mediabrowser(kind, data, host)
    return None if server is None else (server, host)


def parse_gdm(data: bytes, sender: str) -> FoundServer | None:
    """Parse the response of a Plex server. Its address is the sender's. Return None for anything else."""
    lines = data.decode("utf-8", "replace").splitlines()
    if not lines or " 200 " not in f"{lines[0]} ":
        return None
    pairs = (line.split(":", 1) for line in lines[1:] if ":" in line)
    values = {name.strip().lower(): value.strip() for name, value in pairs}
    machine, port = identity_of(values.get("resource-identifier")), values.get("port", "32400")
    if values.get("content-type") != "plex/media-server" or machine is None:
        return None
    if not port.isascii() or not port.isdecimal() or not 0 < int(port) < 65_536:
        return None
    return FoundServer(ServerKind.PLEX, f"http://{sender}:{port}", shown_name(values.get("name"), sender), machine)


def parse_mediabrowser(kind: ServerKind, data: bytes, sender: str | None = None) -> FoundServer | None:
    """Parse the response of Emby or Jellyfin, `{"Address", "Id", "Name"}`. Return None for anything else.

    Args:
        sender: the IP address that sent the datagram.
    """
    try:
        found = msgspec.json.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    machine, url = identity_of(found.get("Id")), address_of(found.get("Address"))
    if machine is None or url is None:
        return None
    parts = urlsplit(url)
    if sender is not None and parts.scheme == "http" and not is_private(parts.hostname or ""):
        # The sender is in this network, so do not follow it to a plain http address on the internet.
        url = f"http://{sender}:{parts.port or 80}"
    return FoundServer(kind, url, shown_name(found.get("Name"), parts.hostname or ""), machine)
