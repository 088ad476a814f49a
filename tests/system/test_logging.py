"""No secret reaches the log, in whatever shape it comes."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from retrovue.core.system.logging import (
    FILES,
    LOG_NAME,
    MAX_BYTES,
    LogSession,
    RedactingFormatter,
    log_context,
    redact,
    register_secret,
    tail,
)

SECRET = "s3cr3tTokenValue42"


@pytest.fixture
def session(tmp_path: Path) -> Iterator[LogSession]:
    session = LogSession(tmp_path, level="DEBUG")
    yield session
    session.close()


@pytest.mark.parametrize(
    "text",
    [
        f"GET http://nas:32400/library?X-Plex-Token={SECRET}&type=4",
        f"GET http://nas:8096/Items?api_key={SECRET}",
        f"GET /Items?ApiKey={SECRET}&x=1",
        f"X-Plex-Token: {SECRET}",
        f"{{'X-Plex-Token': '{SECRET}', 'Accept': 'x'}}",
        f'{{"X-Emby-Token": "{SECRET}"}}',
        f"Authorization: Bearer {SECRET}",
        f"Authorization: Basic {SECRET}==",
        f"{{'Authorization': 'Bearer {SECRET}'}}",
        f'Authorization: MediaBrowser Client="RetroVue", Device="x", Token="{SECRET}"',
        f"{{'X-Emby-Authorization': 'MediaBrowser Client=\"x\", Token=\"{SECRET}\"'}}",
        f"('Authorization', 'Token {SECRET}')",
        f"http://user:{SECRET}@nas:32400/web",
        f"http://{SECRET}@nas/",
        f'{{"Username": "me", "Pw": "{SECRET}"}}',
        f"password={SECRET}",
        f"accessToken={SECRET}",
        f'"AccessToken":"{SECRET}"',
        f"?url=http%3A%2F%2Fnas%3FX-Plex-Token%3D{SECRET}",
        f"b'X-Plex-Token: {SECRET}'",
        f"Set-Cookie: session={SECRET}; Path=/",
        f"<User authToken='{SECRET}' />",
        f'<User authToken="{SECRET}" />',
        f"RETROVUE_TOKEN={SECRET}",
        f"RETROVUE_TOKEN_HOME={SECRET}",
    ],
)
def test_secrets_by_their_names(text: str) -> None:
    assert SECRET not in redact(text)


def test_other_things_that_tell_who_and_where() -> None:
    text = redact("anna.b+tv@mail.example.org from 8.8.8.8 and 2a00:1450:4001:81b::200e via 10.0.0.5, fe80::1")
    assert "anna" not in text
    assert "8.8.8.8" not in text
    assert "2a00" not in text
    assert "10.0.0.5" in text
    assert "fe80::1" in text
    direct = redact("https://81-2-69-142.0123456789abcdef0123456789abcdef.plex.direct:32400/")
    assert "81-2-69-142" not in direct
    register_secret("fedcba9876543210fedcba9876543210")
    hidden_in_part = redact("https://81-2-69-142.fedcba9876543210fedcba9876543210.plex.direct:32400/")
    assert "81-2-69-142" not in hidden_in_part


@pytest.mark.parametrize(
    "text",
    [
        "version 4.8.11.0",
        "Emby 4.9.1.2",
        "at 12:30:45 read 500 of 3000",
        "path /media/tv/Show: The Token/S01E02.mkv",
        "3 tokens were checked",
        "title Password Required, keep it",
    ],
)
def test_ordinary_text_stays(text: str) -> None:
    assert redact(text) == text


def test_known_secrets_go_wherever_they_stand() -> None:
    register_secret("odd/secret+value")
    assert redact("somebody says odd/secret+value, and odd%2Fsecret%2Bvalue") == (
        "somebody says ‹hidden›, and ‹hidden›"
    )
    register_secret("abc")
    assert redact("abc") == "abc"


def test_arguments_tracebacks_and_library_lines(session: LogSession) -> None:
    logger = logging.getLogger("retrovue.test")
    logger.info("asked %s with %r", f"http://nas/?X-Plex-Token={SECRET}", {"Authorization": f"Bearer {SECRET}"})
    try:
        raise ValueError(f"cannot read http://nas/?api_key={SECRET}")
    except ValueError:
        logger.exception("it failed")
    logging.getLogger("requests").warning("X-Plex-Token: %s", SECRET)
    text = session.path.read_text(encoding="utf-8")
    assert SECRET not in text
    assert "ValueError: cannot read" in text
    assert text.count("‹hidden›") >= 4


def test_arguments_that_do_not_fit_are_named_not_shown() -> None:
    record = logging.LogRecord("retrovue.test", logging.INFO, __file__, 1, "%d", (f"token={SECRET}",), None)
    assert RedactingFormatter().format(record) == "INFO retrovue.test: unreadable log line (TypeError)"


def test_server_and_task_are_named(session: LogSession) -> None:
    logger = logging.getLogger("retrovue.test")
    with log_context(server="Home", task="sync-7"):
        logger.warning("inside")
    logger.warning("outside")
    inside, outside = tail(session.path, 2)
    assert "[Home · sync-7]: inside" in inside
    assert "Home" not in outside


def test_the_log_rotates_and_is_private(tmp_path: Path) -> None:
    assert MAX_BYTES * FILES <= 10 * 1024 * 1024
    session = LogSession(tmp_path, level="INFO", max_bytes=20_000)
    logger = logging.getLogger("retrovue.test")
    line = "x" * 1_000
    for _ in range(120):
        logger.info(line)
    session.close()
    files = sorted(tmp_path.iterdir())
    assert len(files) == FILES
    assert all(path.stat().st_size <= 20_000 for path in files)
    if os.name != "nt":
        assert {path.stat().st_mode & 0o777 for path in files} == {0o600}


def test_a_log_that_cannot_be_written_prints_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    session = LogSession(tmp_path / "missing", level="INFO")
    logging.getLogger("retrovue.test").info("token=%s", SECRET)
    session.close()
    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_log_on_a_full_disk_can_be_closed(tmp_path: Path) -> None:
    (tmp_path / LOG_NAME).symlink_to("/dev/full")
    session = LogSession(tmp_path, level="INFO")
    logging.getLogger("retrovue.test").info("lost")
    session.close()


def test_closing_leaves_logging_as_it_was(tmp_path: Path) -> None:
    before = (logging.getLogger().level, list(logging.getLogger().handlers))
    session = LogSession(tmp_path, level="DEBUG")
    session.close()
    assert (logging.getLogger().level, list(logging.getLogger().handlers)) == before
