"""A stand-in for the Plex account service: codes confirmed in a browser, and the servers of an account."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from typing import Any

from retrovue.demo.http import Connection, Listener, Request, Response, head_bytes

Document = dict[str, Any]


@dataclass(slots=True)
class _Pin:
    id: int
    code: str
    client: str
    token: str | None = None
    looks: int = 0


@dataclass(slots=True)
class DemoAccount:
    """An account service on 127.0.0.1. Use it in a `with` block; set its state while it runs.

    Attributes:
        token: what a confirmed code gives.
        resources: what `/api/v2/resources` lists; `add_server` fills it.
        requests: "METHOD path" of what was asked, in order.
        tokens: which token came with each of them, None where none did.
        confirms_after: a person confirms each code after it was looked at so often; None: nobody does.
        spoiled: path → the bytes that are answered there instead.
    """

    name: str = "marlow"
    token: str = "account-token"
    lifetime_s: int = 1_800
    resources: list[Document] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)
    confirms_after: int | None = None
    spoiled: dict[str, bytes] = field(default_factory=dict)
    _pins: dict[int, _Pin] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _listener: Listener | None = None

    @property
    def url(self) -> str:
        """The base address."""
        assert self._listener is not None
        return f"http://127.0.0.1:{self._listener.port}"

    def __enter__(self) -> DemoAccount:
        self._listener = Listener(self._serve, 0)
        return self

    def __exit__(self, *_exc: object) -> None:
        if self._listener is not None:
            self._listener.stop()
            self._listener = None

    def add_server(self, name: str, machine_identifier: str, *uris: str, token: str, **facts: Any) -> Document:
        """List a server. Addresses are local unless `facts` holds whole `connections`."""
        entry: Document = {
            "name": name,
            "product": "Plex Media Server",
            "productVersion": "1.43.0.10467",
            "platform": "Linux",
            "clientIdentifier": machine_identifier,
            "provides": "server",
            "accessToken": token,
            "owned": True,
            "httpsRequired": False,
            "publicAddressMatches": True,
            "presence": True,
            "connections": [connection(uri) for uri in uris],
            **facts,
        }
        self.resources.append(entry)
        return entry

    def confirm(self, code: str) -> bool:
        """A person confirms a code in the browser; False for an unknown one."""
        with self._lock:
            for pin in self._pins.values():
                if pin.code == code:
                    pin.token = self.token
                    return True
            return False

    def expire(self) -> None:
        """Forget all codes."""
        with self._lock:
            self._pins.clear()

    def _serve(self, client: Connection) -> None:
        while (request := client.read_request()) is not None:
            with self._lock:
                self.requests.append(f"{request.method} {request.path}")
                self.tokens.append(request.headers.get("x-plex-token"))
                response = self._answer(request)
            head = head_bytes(response, now=0, keep_alive=True)
            client.send(head + response.body)

    def _answer(self, request: Request) -> Response:
        for path, body in self.spoiled.items():
            if request.path.startswith(path):
                return Response(200, body)
        identifier = request.headers.get("x-plex-client-identifier")
        if identifier is None:
            return _error(400, 1000, "X-Plex-Client-Identifier is missing")
        if request.method == "POST" and request.path == "/api/v2/pins":
            number = 7_000 + len(self.requests)
            self._pins[number] = _Pin(number, f"code{number:021}", identifier)
            return _json(self._pin(self._pins[number]), 201)
        if request.path.startswith("/api/v2/pins/"):
            pin = self._pins.get(int(request.path.rpartition("/")[2]))
            if pin is None or pin.client != identifier:
                return _error(404, 1020, "Code not found or expired")
            if self.confirms_after is not None and pin.looks >= self.confirms_after:
                pin.token = self.token
            pin.looks += 1
            return _json(self._pin(pin))
        if request.headers.get("x-plex-token") != self.token:
            return _error(401, 1001, "User could not be authenticated")
        match request.path:
            case "/api/v2/user":
                return _json({"id": 1, "username": self.name, "title": self.name})
            case "/api/v2/resources":
                return _json(self.resources)
            case _:
                return _error(404, 1002, "Not found")

    def _pin(self, pin: _Pin) -> Document:
        return {"id": pin.id, "code": pin.code, "expiresIn": self.lifetime_s, "authToken": pin.token}


def connection(uri: str, *, local: bool = True, relay: bool = False) -> Document:
    """One address of a server as the service lists it."""
    scheme, _, rest = uri.partition("://")
    address, _, port = rest.rpartition(":")
    return {"protocol": scheme, "address": address, "port": int(port), "uri": uri, "local": local, "relay": relay,
            "IPv6": False}  # fmt: skip


def _json(document: Any, status: int = 200) -> Response:
    return Response(status, json.dumps(document).encode())


def _error(status: int, code: int, message: str) -> Response:
    return _json({"errors": [{"code": code, "message": message, "status": status}]}, status)
