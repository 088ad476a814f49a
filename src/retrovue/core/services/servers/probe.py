"""Asking an address what it is, step by step, with a verdict that names the step that failed."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlsplit

from retrovue.core.domain.errors import (
    Cancelled,
    ConfigError,
    ProtocolError,
    SourceError,
    StartingError,
    TlsError,
    UnreachableError,
    WrongServerError,
)
from retrovue.core.domain.servers import Certificate, RemoteLibrary, Server, ServerInfo, ServerKind
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _, ngettext
from retrovue.core.sources.base import MediaSource
from retrovue.core.sources.claims import identity_of, shown_name
from retrovue.core.sources.machines import check_machine as check_machine

STARTING_PAUSE_S = 3.0
_STARTING_PATIENCE_S = 120.0
_T = TypeVar("_T")


class Layer(StrEnum):
    """The steps of a test, in their order."""

    ADDRESS = "address"
    PORT = "port"
    CERTIFICATE = "certificate"
    VERSION = "version"
    SIGN_IN = "sign_in"
    LIBRARIES = "libraries"

    @property
    def label(self) -> str:
        """The translated name of the step."""
        return {
            "address": _("Address"),
            "port": _("Port"),
            "certificate": _("Certificate"),
            "version": _("Version"),
            "sign_in": _("Sign-in"),
            "libraries": _("Libraries"),
        }[self.value]


class StepState(StrEnum):
    """How a step ended. `not_needed`: a certificate where nothing is encrypted."""

    OK = "ok"
    FAILED = "failed"
    NOT_TRIED = "not_tried"
    NOT_NEEDED = "not_needed"


@dataclass(frozen=True, slots=True)
class ProbeStep:
    """One step. `duration_ms` is measured where the step is a request of its own, else None."""

    layer: Layer
    state: StepState
    text: str = ""
    duration_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a test found.

    Attributes:
        info: who answered, as far as that was found out. libraries: what the account can see.
        error: why it stopped; None when every step is fine.
        url: where the server was found: the address that was tested, or where a redirect of it ends. To be stored.
    """

    steps: tuple[ProbeStep, ...]
    info: ServerInfo | None = None
    libraries: tuple[RemoteLibrary, ...] = ()
    error: SourceError | None = None
    duration_ms: int = 0
    url: str = ""

    @property
    def ok(self) -> bool:
        """Whether the server can be used."""
        return self.error is None

    @property
    def recognised(self) -> ServerKind | None:
        """The product that answers in place of the one that was asked for: "this is a Jellyfin server; add it as
        one?". None when nothing else was recognised."""
        if isinstance(self.error, WrongServerError) and self.error.found_kind is not None:
            return ServerKind(self.error.found_kind)
        return None

    @property
    def certificate(self) -> Certificate | None:
        """The certificate that a person may trust for this one server; None when that is not what is in the way."""
        return self.error.certificate if isinstance(self.error, TlsError) else None

    def step(self, layer: Layer) -> ProbeStep:
        """The step of a layer."""
        return next(step for step in self.steps if step.layer is layer)


def normalise_url(text: str) -> str:
    """An address as it is stored: with a scheme, without query, fragment or slash at the end.

    What people copy from a browser (`http://nas:32400/web/index.html#!/server/…`) leads to the server itself.

    Raises:
        ConfigError: it is empty, or holds a name and password (which would end up in the database).
    """
    url = text.strip()
    if not url:
        raise ConfigError(_("The address is empty."), hint=_("Enter one such as http://nas:32400."))
    if "://" not in url:
        url = f"http://{url}"
    try:
        parts = urlsplit(url)
        user = parts.username or parts.password
    except ValueError as error:
        raise ConfigError(
            _("This is not a valid address: {url}").format(url=text.strip()),
            hint=_("Enter one such as http://nas:32400."),
        ) from error
    if user:
        raise ConfigError(
            _("An address that contains a username and password cannot be stored safely."),
            hint=_("Enter the address alone, and the token separately."),
        )
    path = parts.path.rstrip("/").removesuffix("/index.html").rstrip("/").removesuffix("/web")
    return f"{parts.scheme}://{parts.netloc}{path.rstrip('/')}"


def once_up(
    ask: Callable[[], _T], *, token: CancelToken | None, say: Callable[[str], None], pause_s: float = STARTING_PAUSE_S
) -> _T:
    """What `ask` gives, asked again and again while the server is starting, for two minutes at most.

    Args:
        say: told once what is waited for.
        pause_s: between two questions.

    Raises:
        StartingError: it is still starting.
        Cancelled: the token was cancelled.
    """
    token = token or CancelToken()
    give_up_at = time.monotonic() + _STARTING_PATIENCE_S
    has_said = False
    while True:
        try:
            return ask()
        except StartingError:
            if time.monotonic() > give_up_at:
                raise
        if not has_said:
            say(_("Waiting for the server to start."))
            has_said = True
        if token.wait(pause_s):
            raise Cancelled


def run_probe(url: str, open_source: Callable[[], MediaSource], *, expected: Server | None = None) -> Verdict:
    """Test an address; a failure is in the verdict, never raised.

    Args:
        open_source: opens the source on `url`; it is closed at the end.
        expected: the stored server that must be there: another machine fails the version step, and never gets the
            token.

    Raises:
        Cancelled: the source was aborted.
    """
    return _Probe(url, expected).run(open_source)


class _Probe:
    def __init__(self, url: str, expected: Server | None) -> None:
        self._expected = expected
        self._steps: dict[Layer, ProbeStep] = {layer: ProbeStep(layer, StepState.NOT_TRIED) for layer in Layer}
        self._url = url
        self._info: ServerInfo | None = None
        self._libraries: tuple[RemoteLibrary, ...] = ()
        self._phase = Layer.ADDRESS

    def run(self, open_source: Callable[[], MediaSource]) -> Verdict:
        started = time.monotonic()
        error: SourceError | None = None
        try:
            source = open_source()
            try:
                self._ask(source)
            finally:
                self._url = source.address
                source.close()
        except SourceError as caught:
            error = caught
            self._fail(caught)
        duration_ms = int((time.monotonic() - started) * 1000)
        return Verdict(tuple(self._steps.values()), self._info, self._libraries, error, duration_ms, self._url)

    def _ask(self, source: MediaSource) -> None:
        with self._timed(Layer.VERSION):
            info = _presentable(source.identify())
            self._info = info
            self._url = source.address
            self._reached(Layer.VERSION)
            if self._expected is not None:
                check_machine(info, self._expected)
        self._steps[Layer.VERSION] = self._named(Layer.VERSION, f"{info.kind.label} {info.version}")
        with self._timed(Layer.SIGN_IN):
            # The public answer of some servers lacks name and account.
            signed_in = _presentable(source.probe())
            if signed_in.machine_identifier != info.machine_identifier:
                raise _in_turns(info, signed_in)
            self._info = signed_in
        self._steps[Layer.SIGN_IN] = self._named(Layer.SIGN_IN, self._info.account or "")
        with self._timed(Layer.LIBRARIES):
            self._libraries = tuple(source.libraries())
        count = len(self._libraries)
        text = ngettext("{count} library", "{count} libraries", count).format(count=count)
        self._steps[Layer.LIBRARIES] = self._named(Layer.LIBRARIES, text)

    @contextmanager
    def _timed(self, layer: Layer) -> Iterator[None]:
        self._phase = layer
        started = time.monotonic()
        try:
            yield
        finally:
            took = int((time.monotonic() - started) * 1000)
            self._steps[layer] = ProbeStep(layer, StepState.OK, duration_ms=took)

    def _named(self, layer: Layer, text: str) -> ProbeStep:
        return ProbeStep(layer, StepState.OK, text, self._steps[layer].duration_ms)

    def _reached(self, layer: Layer) -> None:
        """An answer of one layer proves those below it."""
        for lower in list(Layer)[: list(Layer).index(layer)]:
            state = StepState.OK
            if lower is Layer.CERTIFICATE and not self._url.lower().startswith("https:"):
                state = StepState.NOT_NEEDED
            self._steps[lower] = ProbeStep(lower, state)

    def _fail(self, error: SourceError) -> None:
        layer = self._layer_of(error)
        took = self._steps[self._phase].duration_ms
        if layer is not self._phase:
            self._steps[self._phase] = ProbeStep(self._phase, StepState.NOT_TRIED)
        if self._info is None:
            self._reached(layer)
        self._steps[layer] = ProbeStep(layer, StepState.FAILED, error.user_text(), took)

    def _layer_of(self, error: SourceError) -> Layer:
        if isinstance(error, UnreachableError | TlsError) and error.layer in ("address", "port", "certificate"):
            return Layer(error.layer)
        if error.layer == "sign_in":
            return Layer.SIGN_IN
        return Layer.VERSION if self._phase is Layer.ADDRESS else self._phase


def _presentable(info: ServerInfo) -> ServerInfo:
    """What a server says of itself, fit to be shown and stored.

    Raises:
        ProtocolError: its identity cannot be one.
    """
    if identity_of(info.machine_identifier) is None:
        raise ProtocolError(
            _("The server reports an invalid ID."),
            hint=_("Check that the address belongs to a media server."),
            detail=repr(info.machine_identifier[:80]),
        )
    return replace(
        info,
        name=shown_name(info.name, info.kind.label),
        version=shown_name(info.version, "?"),
        platform=shown_name(info.platform, "") or None,
        account=shown_name(info.account, "") or None,
    )


def _in_turns(first: ServerInfo, second: ServerInfo) -> WrongServerError:
    return WrongServerError(
        _("Two servers take turns responding at this address."),
        hint=_("Use the address of one of them: a load-balancing proxy would mix their libraries."),
        detail=f"{first.machine_identifier} != {second.machine_identifier}",
    )
