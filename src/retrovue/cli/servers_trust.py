"""`retrovue servers trust`: trust one certificate of one server by its fingerprint."""

import shlex
from typing import Annotated

import typer

from retrovue.cli.failures import DONE, NO_SERVER, servers_code
from retrovue.cli.servers_shown import show_verdict, verdict_json
from retrovue.cli.session import Session, session_of
from retrovue.core.domain.errors import ConfigError, SecretError, TlsError
from retrovue.core.domain.servers import Certificate, Server, readable_fingerprint
from retrovue.core.i18n import _
from retrovue.core.services.catalog.lookup import find_server
from retrovue.core.services.servers import registration as service


def trust(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="SERVER", help=_("Name or ID."))],
    fingerprint: Annotated[
        str | None,
        typer.Argument(
            metavar="[SHA256]", help=_("Fingerprint of the certificate to trust; without it, the certificate is shown.")
        ),
    ] = None,
    forget: Annotated[
        bool, typer.Option("--forget", help=_("Stop trusting this certificate; trust only what the system trusts."))
    ] = False,
) -> int:
    """Show a server’s certificate, or trust exactly this one for this server only."""
    from retrovue.core.services.servers import trust as trusting

    session = session_of(ctx)
    context = session.context
    server = find_server(context, name)
    if forget:
        if fingerprint is not None:
            raise ConfigError(_("A fingerprint and --forget cannot be used together."))
        trusting.forget(context, server)
        session.out.note(
            _("“{server}” is trusted only if the system trusts its certificate.").format(server=server.name)
        )
        if session.out.as_json:
            session.out.json({"id": server.id, "server": server.name, "tls_fingerprint": None})
        return DONE
    if fingerprint is None:
        return _show(session, server)
    trusted = trusting.trust(context, server, fingerprint, token=session.token)
    assert trusted.tls_fingerprint is not None
    session.out.note(
        _("“{server}” is now trusted only with this certificate: {fingerprint}").format(
            server=trusted.name, fingerprint=readable_fingerprint(trusted.tls_fingerprint)
        )
    )
    return _test(session, trusted)


def _show(session: Session, server: Server) -> int:
    from retrovue.core.services.servers import trust as trusting

    shown = trusting.look_at(trusting.secure_address(session.context, server, token=session.token))
    problem = trusting.is_trusted(session.context, server, token=session.token)
    if session.out.as_json:
        session.out.json(
            {
                "id": server.id,
                "server": server.name,
                "certificate": certificate_json(shown),
                "trusted": problem is None,
                "tls_fingerprint": server.tls_fingerprint,
            }
        )
    if problem is None:
        session.out.line(trusting.described(shown))
        session.out.note(_("This certificate is already trusted. Nothing to do."))
        return DONE
    session.out.problem(problem.text)
    say_certificate(session, shown, f"retrovue servers trust {shlex.quote(server.name)} {shown.readable}")
    return NO_SERVER


def _test(session: Session, server: Server) -> int:
    """Test the connection right after pinning: the certificate alone does not prove that it works."""
    try:
        verdict = service.check(session.context, server, token=session.token)
    except SecretError as error:
        session.out.problem(f"{server.name}: {error.text}", error.command_hint)
        if session.out.as_json:
            session.out.json({"id": server.id, "server": server.name, "ok": False, "error": error.text, "steps": []})
        return NO_SERVER
    if session.out.as_json:
        session.out.json(verdict_json(server, verdict))
    show_verdict(session, server, verdict)
    return servers_code(1, 0 if verdict.ok else 1)


def refuse_certificate(session: Session, error: TlsError, command: str) -> int:
    """Print what is wrong with a certificate and how to trust exactly this one. Return the exit code.

    Args:
        command: the command to run, without the fingerprint at its end.
    """
    shown = error.certificate
    if shown is None:
        raise error
    session.out.problem(error.text)
    say_certificate(session, shown, f"{command} {shown.readable}")
    if session.out.as_json:
        session.out.json(
            {
                "error": error.text,
                "hint": error.command_hint,
                "exit_code": NO_SERVER,
                "certificate": certificate_json(shown),
            }
        )
    return NO_SERVER


def say_certificate(session: Session, certificate: Certificate, command: str) -> None:
    """Print the owner of the certificate, and the command that trusts it."""
    from retrovue.core.services.servers import trust as trusting

    session.out.warn(trusting.described(certificate))
    session.out.warn(_("If the server itself shows the same fingerprint, run: {command}").format(command=command))


def certificate_json(certificate: Certificate) -> dict[str, object]:
    """Return a certificate as JSON. Scripts rely on this shape."""
    return {
        "fingerprint": certificate.fingerprint,
        "subject": certificate.subject,
        "issuer": certificate.issuer,
        "valid_from": None if certificate.valid_from is None else certificate.valid_from.isoformat(),
        "valid_until": certificate.expires_on,
    }
