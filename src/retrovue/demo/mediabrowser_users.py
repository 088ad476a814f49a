"""Who may see what on an Emby or Jellyfin demo server: people, keys, tokens, quick connect."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from retrovue.demo.http import Request, Response
from retrovue.demo.library import DemoLibrary
from retrovue.demo.mediabrowser_items import iso
from retrovue.demo.mediabrowser_listing import json_response
from retrovue.demo.mediabrowser_view import Flavour, digest
from retrovue.demo.playback import USERS, User

_PAIR = re.compile(r'\s*([A-Za-z]+)\s*=\s*(?:"([^"]*)"|([^,]*))\s*(?:,|$)')
PASSWORD = "lantern"


@dataclass(slots=True)
class Account:
    """A person with a password. `sections` None: all libraries."""

    id: str
    name: str
    is_administrator: bool
    password: str = PASSWORD
    sections: set[str] | None = None
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: with an API key (no account) or with a person's token; `client` is what the header says."""

    account: Account | None
    client: dict[str, str] = field(default_factory=dict)

    @property
    def is_administrator(self) -> bool:
        """Whether everything is allowed."""
        return self.account is None or self.account.is_administrator


def header_pairs(request: Request, flavour: Flavour, *, legacy: bool) -> dict[str, str]:
    """The `Client="…", Device="…"` of the authorization header, by lower-case name."""
    text = request.headers.get("authorization", "")
    if legacy and not text:
        text = request.headers.get("x-emby-authorization", "")
    scheme, _, rest = text.partition(" ")
    if scheme.lower() != "mediabrowser" and not (legacy and scheme.lower() == "emby"):
        return {}
    return {name.lower(): unquote(quoted or bare.strip()) for name, quoted, bare in _PAIR.findall(rest)}


class Users:
    """The accounts of a server and the tokens they got. Thread: any, under the library's lock.

    Attributes:
        legacy: take the old headers and query parameters; Jellyfin refuses them.
        tokens: token → account; take one out to revoke it.
        quick_connect: whether it is switched on (Jellyfin).
    """

    def __init__(self, library: DemoLibrary, flavour: Flavour, api_key: str) -> None:
        self.legacy = flavour.is_emby
        self.quick_connect = True
        self.tokens: dict[str, Account] = {}
        self._machine = library.machine_identifier
        self.accounts = [Account(self.id_of(user), user.name, user.id == 1) for user in USERS]
        self.accounts[1].sections = {key for key in library.sections if key != "2"}
        self._api_keys = {api_key}
        self._library = library
        self._flavour = flavour
        self._codes: dict[str, tuple[str, Account | None]] = {}

    def id_of(self, user: User) -> str:
        """The id that an account has, also where it is gone."""
        return digest("user", self._machine, user.id)

    def invite(self, user: User) -> None:
        """Give a person an account, unless there is one."""
        if self.account(self.id_of(user)) is None:
            self.accounts.append(Account(self.id_of(user), user.name, is_administrator=False))

    def token_of(self, request: Request) -> str | None:
        """The token of a request, in whichever form this server takes it."""
        pairs = header_pairs(request, self._flavour, legacy=self.legacy)
        if pairs.get("token"):
            return pairs["token"]
        names = ["apikey"] if not self._flavour.is_emby else []
        if self.legacy:
            for header in ("x-emby-token", "x-mediabrowser-token"):
                if header in request.headers:
                    return request.headers[header]
            names += ["api_key", "x-emby-token"]
        return next((value for name, value in request.params if name.lower() in names), None)

    def caller(self, request: Request) -> Caller | None:
        """Who asks; None for nobody known."""
        token = self.token_of(request)
        client = header_pairs(request, self._flavour, legacy=self.legacy)
        if token in self._api_keys:
            return Caller(None, client)
        account = self.tokens.get(token or "")
        return None if account is None or account.disabled else Caller(account, client)

    def account(self, user_id: str) -> Account | None:
        """The account with an id."""
        plain = user_id.replace("-", "").lower()
        return next((account for account in self.accounts if account.id == plain), None)

    def named(self, name: str) -> Account | None:
        """The account of a name, in any letter case."""
        return next((account for account in self.accounts if account.name.casefold() == name.casefold()), None)

    def issue(self, account: Account, device: str = "device") -> str:
        """A token for an account; a second one for the same device takes the place of the first."""
        token = digest("token", account.id, device, len(self.tokens))
        self.tokens[token] = account
        return token

    def revoke(self, token: str) -> None:
        """Make a token or key worthless."""
        self.tokens.pop(token, None)
        self._api_keys.discard(token)

    def document(self, account: Account) -> dict[str, Any]:
        """Give an account as listed."""
        return {
            "Name": account.name,
            "ServerId": self._library.machine_identifier[:32],
            "Id": account.id,
            "HasPassword": True,
            "LastActivityDate": iso(self._library.now()),
            "Policy": {
                "IsAdministrator": account.is_administrator,
                "IsDisabled": account.disabled,
                "EnableAllFolders": account.sections is None,
            },
        }

    def sign_in(self, request: Request) -> Response:
        """Answer `/Users/AuthenticateByName`."""
        pairs = header_pairs(request, self._flavour, legacy=self.legacy)
        if not {"client", "device", "deviceid", "version"} <= pairs.keys():
            return Response(400, b"Value cannot be null. (Parameter 'appName')", "text/plain")
        given = _body(request)
        account = self.named(str(given.get("username", "")))
        if account is None or account.password != given.get("pw") or account.disabled:
            text = b"Invalid username or password entered." if self._flavour.is_emby else b"Error processing request."
            return Response(401, text, "text/plain")
        return self._signed_in(account, pairs)

    def _signed_in(self, account: Account, pairs: dict[str, str]) -> Response:
        device = pairs.get("deviceid", "device")
        return json_response(
            {
                "User": self.document(account),
                "SessionInfo": {
                    "Id": digest("session", device), "UserId": account.id, "UserName": account.name,
                    "Client": pairs.get("client"), "DeviceId": device, "DeviceName": pairs.get("device"),
                },
                "AccessToken": self.issue(account, device),
                "ServerId": self._library.machine_identifier[:32],
            }
        )  # fmt: skip

    def start_quick_connect(self, request: Request) -> Response:
        """Answer `/QuickConnect/Initiate`."""
        if not self.quick_connect:
            return Response(401, b"Quick connect is disabled", "text/plain")
        if "deviceid" not in header_pairs(request, self._flavour, legacy=self.legacy):
            return Response(400, b"Error processing request.", "text/plain")
        secret = digest("secret", len(self._codes))
        code = f"{100_000 + len(self._codes) * 7_919:06}"
        self._codes[secret] = (code, None)
        return json_response({"Authenticated": False, "Secret": secret, "Code": code, "DateAdded": iso(0)})

    def approve(self, code: str, account: Account) -> bool:
        """A person confirms a code on another device; False for an unknown one."""
        with self._library.lock:
            for secret, (known, _) in self._codes.items():
                if known == code:
                    self._codes[secret] = (code, account)
                    return True
            return False

    def expire_codes(self) -> None:
        """Forget all codes, as a server does after some minutes."""
        with self._library.lock:
            self._codes.clear()

    def quick_connect_state(self, secret: str) -> Response:
        """Answer `/QuickConnect/Connect`."""
        if secret not in self._codes:
            return Response(404, b"Error processing request.", "text/plain")
        code, account = self._codes[secret]
        return json_response({"Authenticated": account is not None, "Secret": secret, "Code": code})

    def finish_quick_connect(self, request: Request) -> Response:
        """Answer `/Users/AuthenticateWithQuickConnect`."""
        _code, account = self._codes.get(str(_body(request).get("secret", "")), ("", None))
        if account is None:
            return Response(401, b"Error processing request.", "text/plain")
        return self._signed_in(account, header_pairs(request, self._flavour, legacy=self.legacy))


def _body(request: Request) -> dict[str, Any]:
    """The JSON or form body of a request, by lower-case name."""
    try:
        document = json.loads(request.body or b"{}")
    except ValueError:
        return {}
    return {name.lower(): value for name, value in document.items()} if isinstance(document, dict) else {}
