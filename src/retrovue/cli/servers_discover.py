"""`retrovue servers discover`: find servers on the network."""

from typing import Annotated

import typer

from retrovue.cli.failures import DONE
from retrovue.cli.output import cells
from retrovue.cli.session import session_of
from retrovue.core.i18n import _


def discover(
    ctx: typer.Context,
    timeout_s: Annotated[
        float, typer.Option("--timeout", min=0.1, max=60.0, metavar="S", help=_("Seconds to wait for responses."))
    ] = 3.0,
) -> int:
    """Search every network of this computer for Plex, Emby and Jellyfin servers."""
    # Not at the top: discovery loads the HTTP client, which listing stored servers does not need.
    from retrovue.core.services.servers import discovery

    session = session_of(ctx)
    ask = session.ask_network or discovery.ask_network
    found = discovery.find_servers(session.context, timeout_s=timeout_s, token=session.token, ask=ask)
    if session.out.as_json:
        session.out.json(
            [
                {
                    "kind": each.kind.value,
                    "name": each.name,
                    "url": each.url,
                    "machine_identifier": each.machine_identifier,
                    "known": None if each.known is None else each.known.name,
                }
                for each in found
            ]
        )
        return DONE
    if not found:
        session.out.note(
            _("No servers found on this network. Add a server elsewhere by its address: “retrovue servers add”.")
        )
        return DONE
    rows = [
        cells(each.kind.label, each.name, each.url, None if each.known is None else each.known.name) for each in found
    ]
    session.out.table([_("Type"), _("Name"), _("Address"), _("Added as")], rows)
    return DONE
