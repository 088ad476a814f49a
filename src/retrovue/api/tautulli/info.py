"""What there is: `status`, the servers, and what answers here."""

import platform
from typing import Any
from urllib.parse import urlsplit

from retrovue import __version__
from retrovue.api.tautulli.params import Params
from retrovue.api.tautulli.scope import Scope
from retrovue.core.domain.servers import Server

COMPATIBLE = "v2.17.2"
"""The Tautulli that these answers are compared with: clients look at it to decide what they may ask."""


def server_status(scope: Scope, _params: Params) -> dict[str, Any]:
    """Whether a server answers; any of them where none is named.

    Programs that hear "no" ask nothing more: one server that is off for the night would take the others with it.
    """
    states = {server.name: scope.house.board.state(server.id) for server in scope.servers}
    servers = {name: state is not None and not state.is_down for name, state in states.items()}
    return {"connected": any(servers.values()), "servers": servers}


def get_server_info(scope: Scope, _params: Params) -> dict[str, Any]:
    """The server that is named, else the main one, with the names of all that are spoken of."""
    server = scope.main_server
    address = urlsplit("" if server is None else server.url)
    is_secure = address.scheme == "https"
    return {
        "pms_name": "" if server is None else server.name,
        "pms_version": "" if server is None else server.version,
        "pms_platform": (server.platform if server is not None else None) or "",
        "pms_ip": address.hostname or "",
        "pms_port": address.port or (443 if is_secure else 80),
        "pms_ssl": int(is_secure),
        "pms_url": f"{address.scheme}://{address.hostname}:{address.port}" if address.port else _bare(server),
        "pms_url_manual": 1,
        "pms_identifier": "" if server is None else server.machine_identifier,
        "pms_plexpass": 0,
        "servers": [each.name for each in scope.servers],
    }


def get_server_identity(scope: Scope, _params: Params) -> dict[str, Any]:
    """Who the server is."""
    server = scope.main_server
    return {
        "machine_identifier": "" if server is None else server.machine_identifier,
        "version": "" if server is None else server.version,
    }


def get_server_friendly_name(scope: Scope, _params: Params) -> str:
    """Its name."""
    return "RetroVue" if scope.main_server is None else scope.main_server.name


def get_server_list(scope: Scope, _params: Params) -> list[dict[str, Any]]:
    """All servers that are spoken of."""
    rows = []
    for server in scope.servers:
        address = urlsplit(server.url)
        is_secure = address.scheme == "https"
        rows.append(
            {
                "httpsRequired": str(int(is_secure)),
                "clientIdentifier": server.machine_identifier,
                "label": server.name,
                "ip": address.hostname or "",
                "port": str(address.port or (443 if is_secure else 80)),
                "uri": _bare(server),
                "local": "1",
                "value": address.hostname or "",
                "is_cloud": False,
                "kind": server.kind.value,
            }
        )
    return rows


def get_servers_info(scope: Scope, _params: Params) -> list[dict[str, Any]]:
    """All servers, shortly."""
    return [
        {
            "name": server.name,
            "machine_identifier": server.machine_identifier,
            "host": urlsplit(server.url).hostname or "",
            "port": str(urlsplit(server.url).port or ""),
            "version": server.version,
        }
        for server in scope.servers
    ]


def get_tautulli_info(_scope: Scope, _params: Params) -> dict[str, Any]:
    """What answers: a Tautulli as far as its API goes. Nothing is said of this computer but its system."""
    return {
        "tautulli_install_type": "retrovue",
        "tautulli_version": COMPATIBLE,
        "tautulli_branch": "master",
        "tautulli_commit": None,
        "tautulli_platform": platform.system(),
        "tautulli_platform_release": "",
        "tautulli_platform_version": "",
        "tautulli_platform_linux_distro": "",
        "tautulli_platform_device_name": "RetroVue",
        "tautulli_python_version": platform.python_version(),
        "retrovue_version": __version__,
    }


def get_date_formats(_scope: Scope, _params: Params) -> dict[str, Any]:
    """How dates are written."""
    return {"date_format": "YYYY-MM-DD", "time_format": "HH:mm"}


def _bare(server: Server | None) -> str:
    """The address without anything that could be a secret."""
    if server is None:
        return ""
    address = urlsplit(server.url)
    place = address.hostname or ""
    return f"{address.scheme}://{place}:{address.port}" if address.port else f"{address.scheme}://{place}"
