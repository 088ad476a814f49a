"""How servers, their tests and their limits are shown, as tables and as JSON."""

from collections.abc import Sequence

from retrovue.cli import words
from retrovue.cli.output import cells
from retrovue.cli.session import Session
from retrovue.core.domain.servers import Library, Server
from retrovue.core.i18n import _
from retrovue.core.services.catalog.export import isoformat
from retrovue.core.services.servers.probe import StepState, Verdict
from retrovue.core.services.servers.rights import Limit, limits


def added_json(server: Server) -> dict[str, object]:
    """The fixed shape of `servers add`."""
    return {
        "id": server.id,
        "name": server.name,
        "kind": server.kind.value,
        "machine_identifier": server.machine_identifier,
        "version": server.version,
    }


def server_json(server: Server, libraries: Sequence[Library]) -> dict[str, object]:
    """A server as `servers list` shows it."""
    return {
        "id": server.id,
        "name": server.name,
        "kind": server.kind.value,
        "url": server.url,
        "machine_identifier": server.machine_identifier,
        "version": server.version,
        "account": server.account,
        "is_owner": server.is_owner,
        "active": server.is_active,
        "state": server.state.value,
        "state_detail": server.state_detail,
        "state_at": isoformat(server.state_at),
        "tls_fingerprint": server.tls_fingerprint,
        "libraries": len(libraries),
        "limits": limits_json(server),
    }


def limits_json(server: Server) -> list[dict[str, str]]:
    """What is off for the account, and why."""
    return [{"feature": limit.feature.value, "reason": limit.reason} for limit in limits(server)]


def show_servers(session: Session, servers: Sequence[Server], libraries: Sequence[Library]) -> None:
    """The table of servers, and below it what is off on which."""
    rows = []
    for server in servers:
        own = [library for library in libraries if library.server_id == server.id]
        items = sum(library.items for library in own)
        rows.append(
            cells(
                server.id,
                server.name,
                server.kind.label,
                server.url,
                server.version,
                words.server_state(server.state),
                len(own),
                items,
            )
        )
    columns = [_("ID"), _("Name"), _("Type"), _("Address"), _("Version"), _("Status"), _("Libraries"), _("Items")]
    session.out.table(columns, rows, right=(0, 6, 7))
    for server in servers:
        if server.state_detail:
            session.out.line(f"{server.name}: {server.state_detail}")
    for server in servers:
        off = limits(server)
        if off:
            text = _("{server}: not available to this account: {features}. Run “retrovue servers test” to see why.")
            names = ", ".join(limit.feature.label for limit in off)
            session.out.line(text.format(server=server.name, features=names))


def show_verdict(session: Session, server: Server, verdict: Verdict) -> None:
    """A test step by step, with what is off for the account."""
    labels = {
        StepState.OK: _("ok"),
        StepState.FAILED: _("failed"),
        StepState.NOT_TRIED: _("not tested"),
        StepState.NOT_NEEDED: _("not needed"),
    }
    session.out.line(f"{server.name} ({server.url})")
    rows = []
    for step in verdict.steps:
        took = None if step.duration_ms is None else f"{step.duration_ms} ms"
        text = "" if step.state is StepState.FAILED else step.text
        rows.append(["  " + step.layer.label, labels[step.state], took, text])
    session.out.table(["  " + _("Step"), _("Result"), _("Time"), ""], rows, right=(2,))
    if verdict.url != server.url:
        session.out.note(_("The address leads to {url}. RetroVue uses that one from now on.").format(url=verdict.url))
    if verdict.error is not None:
        session.out.problem(f"{server.name}: {verdict.error.text}", verdict.error.command_hint)
        return
    for limit in limits(server):
        session.out.line("  " + _limit_line(limit))


def _limit_line(limit: Limit) -> str:
    return _("Not available: {feature}. {reason}").format(feature=limit.feature.label, reason=limit.reason)


def verdict_json(server: Server, verdict: Verdict) -> dict[str, object]:
    """A test as `servers test` shows it."""
    certificate = verdict.certificate
    return {
        "id": server.id,
        "server": server.name,
        "ok": verdict.ok,
        "version": verdict.info.version if verdict.info is not None else None,
        "libraries": len(verdict.libraries) if verdict.ok else None,
        "error": verdict.error.text if verdict.error is not None else None,
        "hint": verdict.error.command_hint if verdict.error is not None else None,
        "recognised": verdict.recognised.value if verdict.recognised is not None else None,
        "tls_fingerprint": certificate.fingerprint if certificate is not None else None,
        "limits": limits_json(server),
        "duration_ms": verdict.duration_ms,
        "steps": [
            {"step": step.layer.value, "state": step.state.value, "duration_ms": step.duration_ms, "text": step.text}
            for step in verdict.steps
        ],
    }
