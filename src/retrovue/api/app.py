"""The addresses: Tautulli's words, our own, and webhooks. Answers are made on threads of the server's pool."""

import json
import logging
import queue
from collections.abc import AsyncIterator, Mapping, Sequence
from time import monotonic
from typing import Any

import anyio
from anyio import CapacityLimiter, to_thread
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from retrovue import __version__
from retrovue.api import own
from retrovue.api.forms import fields_of
from retrovue.api.guard import MOST_BODY, MOST_QUERY, Brake, is_our_name, key_of
from retrovue.api.hooks import Hooks
from retrovue.api.house import SharedHouse
from retrovue.api.pictures import picture
from retrovue.api.privacy import encoded, without_mail
from retrovue.api.recent import RecentAnswers, RecentMiddleware
from retrovue.api.tautulli.commands import answer, envelope
from retrovue.api.tautulli.params import Params
from retrovue.api.tautulli.scope import Scope
from retrovue.api.tautulli.xml import as_xml
from retrovue.core.domain.errors import ConfigError, StorageError
from retrovue.core.services.monitor.events import PlaybackEvent, event_json
from retrovue.core.services.servers.stored import all_servers

log = logging.getLogger(__name__)

_EVENT_PAUSE_S = 0.25
_MOMENT_S = 5.0
"""So old may names and libraries be in an answer; sessions and plays are always as of now."""
_WRITING = frozenset({"terminate_session"})


def build(house: SharedHouse, listen: str, origins: Sequence[str] = ()) -> Starlette:
    """Return the application that answers for a house.

    Args:
        origins: web pages, as "https://dash.example", whose scripts can read answers; no others can.
    """
    hooks, recent = Hooks(house), RecentAnswers(house, listen)
    api = _Api(house, listen, hooks, recent)
    methods = ["GET", "POST"]
    pages = Middleware(
        CORSMiddleware,
        allow_origins=list(origins),
        allow_methods=methods,
        allow_headers=["X-Api-Key", "Authorization"],
        # Browsers ask for this too where a page of the internet wants something of the home network.
        allow_private_network=True,
    )
    app = Starlette(
        # Without an origin there is no such header at all: a browser then keeps every answer from every page.
        middleware=[*([pages] if origins else []), Middleware(RecentMiddleware, recent=recent)],
        routes=[
            # Some programs write a slash behind it. Starlette would send them to the address without one, by the name
            # that they gave as Host, whatever that is, and with the key in the address.
            *(
                Route(f"{place}/api/v2{end}", api.tautulli, methods=methods)
                for place in ("", "/servers/{name}")
                for end in ("", "/")
            ),
            *(
                Route(f"/api/v1{place}{end}", answered, methods=["GET"])
                for place, answered in (
                    ("", api.described),
                    ("/openapi.json", api.described),
                    ("/events", api.events),
                    ("/{name}", api.own),
                )
                for end in ("", "/")
            ),
            Route("/hooks/{secret}", api.hook, methods=methods),
        ],
        exception_handlers={404: _unanswered, 405: _unanswered},
    )
    app.router.redirect_slashes = False
    app.state.hooks = hooks
    return app


class _Api:
    def __init__(self, house: SharedHouse, listen: str, hooks: Hooks, recent: RecentAnswers) -> None:
        self._house = house
        self._listen = listen
        self._brake = Brake()
        self._hooks = hooks
        self._pictures = CapacityLimiter(1)
        self._long = CapacityLimiter(1)
        self._scopes: dict[str | None, tuple[float, Scope]] = {}
        self._recent = recent

    async def tautulli(self, request: Request) -> Response:
        """`/api/v2`, for all servers or one."""
        given = await self._given(request)
        if given is None:
            return JSONResponse(envelope("error", "The request is too large.", {}), 400)
        problem = await self._refused(request, given)
        if problem:
            return _wrapped(envelope("error", problem, {}), 400, given)
        name = request.path_params.get("name")
        revision = self._house.board.revision
        try:
            if given.get("cmd", "").strip() == "pms_image_proxy":
                # One at a time, as the service of posters wants it, and who waits takes no thread from the others.
                return await to_thread.run_sync(self._picture, name, given, limiter=self._pictures)
            status, document = await run_in_threadpool(self._answer, name, given)
        except StorageError as error:
            log.warning("the API cannot read the catalog: %s", error.text)
            status, document = 400, envelope("error", error.text, {})
        response = _wrapped(document, status, given)
        if given.get("cmd") == "get_activity" and status == 200:
            self._recent.keep(request, given, revision, response)
        return response

    async def own(self, request: Request) -> Response:
        """`/api/v1/…`."""
        given = await self._given(request)
        if given is None:
            return JSONResponse({"error": "The request is too large."}, 400)
        problem = await self._refused(request, given)
        if problem:
            return JSONResponse({"error": problem}, 401)
        route = own.ROUTES.get(request.path_params["name"])
        if route is None:
            return JSONResponse({"error": _NOTHING_HERE}, 404)
        try:
            limiter = self._long if request.path_params["name"] in own.LONG else None
            answered = await to_thread.run_sync(route[0], self._house, Params(given), limiter=limiter)
            return Response(encoded(answered), media_type="application/json")
        except ValueError:
            return JSONResponse({"error": "A date is not written YYYY-MM-DD."}, 400)
        except (ConfigError, StorageError) as error:
            return JSONResponse({"error": error.text}, 400)

    async def described(self, request: Request) -> Response:
        """The OpenAPI document. It is the same for everybody and says nothing of this house: no key is needed."""
        if not is_our_name(request.headers.get("host", ""), self._listen):
            return JSONResponse({"error": "This name is not known here."}, 400)
        return JSONResponse(own.openapi(__version__))

    async def events(self, request: Request) -> Response:
        """What happens, a line each, until somebody goes away."""
        problem = await self._refused(request, dict(request.query_params))
        if problem:
            return JSONResponse({"error": problem}, 401)
        # Joined before the answer begins, so that what happens from then on is in it.
        heard = self._house.events.join()
        lines = self._lines(request, heard, key_of(request.query_params, request.headers))
        return StreamingResponse(lines, media_type="application/x-ndjson")

    async def hook(self, request: Request) -> Response:
        """A webhook: a hint for one server."""
        if not await self._is_short(request):
            return Response(status_code=413)
        if not await run_in_threadpool(self._hooks.came, request.path_params["secret"]):
            await self._slow_down(request)
            return Response(status_code=404)
        return Response(status_code=204)

    def _answer(self, name: str | None, given: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        scope = self._scope(name)
        if scope is None:
            return 400, envelope("error", "There is no server of that name.", {})
        return answer(scope, given)

    def _picture(self, name: str | None, given: Mapping[str, str]) -> Response:
        scope = self._scope(name)
        found = None if scope is None else picture(scope, Params(given))
        if found is None:
            return JSONResponse(envelope("error", "There is no such picture.", {}), 400)
        return Response(found.content, media_type=found.media_type)

    def _scope(self, name: str | None) -> Scope | None:
        """The view of all servers, or of the one with a name. It is read anew after a moment, whoever asks."""
        now = monotonic()
        kept = self._scopes.get(name)
        if kept is not None and now - kept[0] < _MOMENT_S:
            return kept[1]
        if name is None:
            scope = Scope(self._house)
        else:
            server = next((each for each in all_servers(self._house.host) if each.name == name), None)
            if server is None:
                return None
            scope = Scope(self._house, server)
        self._scopes[name] = (now, scope)
        return scope

    async def _given(self, request: Request) -> dict[str, str] | None:
        """The parameters of address and body; None for more than anybody needs."""
        if len(request.scope.get("query_string", b"")) > MOST_QUERY:
            return None
        given = dict(request.query_params)
        if request.method != "POST":
            return given
        body = await _body(request)
        if body is None:
            return None
        try:
            return given | fields_of(request.headers.get("content-type", ""), body)
        except ValueError:
            return None

    async def _refused(self, request: Request, given: Mapping[str, str]) -> str:
        """Why a request is not answered; empty where it is."""
        if not is_our_name(request.headers.get("host", ""), self._listen):
            return "This name is not known here. Use the address of this computer."
        key = key_of(given, request.headers)
        if not key:
            return "Parameter apikey is required"
        if not await self._is_right(key):
            await self._slow_down(request)
            return "Invalid apikey"
        if given.get("cmd") in _WRITING and request.headers.get("origin"):
            # A page of another program must not end somebody's film through the browser of a person.
            return "This is not answered to web pages."
        return ""

    async def _is_right(self, key: str) -> bool:
        """Return whether this is the key, as it is kept now."""
        if self._house.renewals.is_due:
            await run_in_threadpool(self._house.renew)
        return self._house.key.matches(key)

    async def _slow_down(self, request: Request) -> None:
        """Remember a wrong key, and hold its answer back where there were too many from this address."""
        address = request.client.host if request.client is not None else ""
        if self._brake.is_on(address):
            with self._brake.holding() as hold_s:
                await anyio.sleep(hold_s)
        self._brake.wrong(address)

    async def _is_short(self, request: Request) -> bool:
        announced = request.headers.get("content-length", "")
        if announced.isdigit() and int(announced) > _MOST_HOOK:
            return False
        size = 0
        try:
            async for chunk in request.stream():
                size += len(chunk)
                if size > _MOST_HOOK:
                    return False
        except ClientDisconnect:
            return False
        return True

    async def _lines(self, request: Request, heard: "queue.Queue[PlaybackEvent]", key: str) -> AsyncIterator[bytes]:
        try:
            # A key that is no longer good ends what it began.
            while await self._is_right(key) and not await request.is_disconnected():
                try:
                    event = heard.get_nowait()
                except queue.Empty:
                    await anyio.sleep(_EVENT_PAUSE_S)
                    continue
                yield json.dumps(without_mail(event_json(event)), ensure_ascii=False).encode() + b"\n"
        finally:
            self._house.events.leave(heard)


_NOTHING_HERE = "There is nothing at this address."
_OTHER_METHOD = "This address does not know this method."


async def _unanswered(request: Request, error: Exception) -> Response:
    """What no route answers, as JSON: programs read every answer as such, and say "invalid JSON" of anything else."""
    status, headers = (error.status_code, error.headers) if isinstance(error, HTTPException) else (404, None)
    text = _OTHER_METHOD if status == 405 else _NOTHING_HERE
    is_tautulli = "/api/v2" in request.url.path
    return JSONResponse(envelope("error", text, {}) if is_tautulli else {"error": text}, status, headers)


_MOST_HOOK = 4 * 1024 * 1024
"""Plex sends a picture with its webhooks."""


def _wrapped(document: dict[str, Any], status: int, given: Mapping[str, str]) -> Response:
    """An answer as it is wanted: JSON, a script that calls a function with it, or XML."""
    callback = given.get("callback", "")
    if callback and callback.replace("_", "").replace(".", "").isalnum() and len(callback) < 100:
        text = json.dumps(without_mail(document), ensure_ascii=False)
        return Response(f"{callback}({text});", status, media_type="application/javascript")
    if given.get("out_type", "").strip().lower() == "xml":
        return Response(as_xml(without_mail(document)), status, media_type="application/xml;charset=UTF-8")
    return Response(encoded(document), status, media_type="application/json")


async def _body(request: Request) -> bytes | None:
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > MOST_BODY:
        return None
    body = b""
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > MOST_BODY:
                return None
    except ClientDisconnect:
        return None
    return body
