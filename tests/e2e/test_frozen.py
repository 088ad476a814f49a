"""The packaged program: built as it is published, then used as a person without Python uses it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from tests.e2e.test_desktop import Desktop, profile, wait_for

from retrovue.core.system import autostart, user_service
from retrovue.demo import DemoServer, LibrarySpec, make_library
from retrovue.gui.dialogs.licenses import bundled_parts

ROOT = Path(__file__).parents[2]
LARGEST_BYTES = 75_000_000

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="built and tried on Linux"),
]


def run(*command: str | Path, timeout_s: float = 120, **variables: str) -> subprocess.CompletedProcess[str]:
    # Without the variables of the tests, which would say where the data is.
    own = {name: value for name, value in os.environ.items() if not name.startswith("RETROVUE_")}
    environment = {**own, "QT_QPA_PLATFORM": "offscreen", **variables}
    words = [str(word) for word in command]
    return subprocess.run(
        words, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=timeout_s, check=False
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with both builds."""
    folder = tmp_path_factory.mktemp("built")
    words = ("--noconfirm", "--log-level", "ERROR", "--distpath", folder / "dist", "--workpath", folder / "work")
    done = run(sys.executable, "-m", "PyInstaller", *words, "build_installer.spec", timeout_s=1_500)
    assert done.returncode == 0, done.stderr[-3_000:]
    return folder / "dist"


@pytest.fixture(scope="module")
def program(built: Path) -> Path:
    """The program of the folder, which starts quickly."""
    return built / "retrovue-folder" / "retrovue"


@pytest.mark.timeout(1_800)
def test_both_builds_pass_their_self_test_and_the_file_is_small(built: Path, program: Path) -> None:
    for each in (built / "retrovue", program):
        done = run(each, "--self-test")
        assert done.returncode == 0, done.stdout + done.stderr
        assert "FAIL" not in done.stdout
    assert (built / "retrovue").stat().st_size <= LARGEST_BYTES


# Libraries of the system that are packed, by the part that the list of bundled software names.
SYSTEM_LIBRARIES = {
    "Brotli": ("libbrotli",), "bzip2": ("libbz2",), "com_err": ("libcom_err",), "D-Bus": ("libdbus",),
    "Expat": ("libexpat",), "Fontconfig": ("libfontconfig",), "FreeType": ("libfreetype",),
    "GCC runtime libraries": ("libgcc_s", "libstdc++"), "GLib": ("libglib", "libgmodule", "libgobject", "libgthread"),
    "ICU": ("libicu",), "Kerberos (krb5)": ("libgssapi_krb5", "libk5crypto", "libkrb5"), "keyutils": ("libkeyutils",),
    "libbsd": ("libbsd",), "libcap": ("libcap",), "libffi": ("libffi",), "libgcrypt": ("libgcrypt",),
    "libgpg-error": ("libgpg-error",), "libjpeg-turbo": ("libjpeg",), "libmd": ("libmd",), "libpng": ("libpng",),
    "libsystemd": ("libsystemd",), "libuuid": ("libuuid",), "LZ4": ("liblz4",), "OpenSSL": ("libcrypto", "libssl"),
    "PCRE2": ("libpcre2",), "PySide6_Essentials": ("libpyside6",), "Python": ("libpython",), "Qt": ("libQt6",),
    "shiboken6": ("libshiboken6",), "SQLite": ("libsqlite3",), "X11 and XCB libraries": ("libX", "libxcb"),
    "xkbcommon": ("libxkbcommon",), "XZ Utils (liblzma)": ("liblzma",), "zlib": ("libz.",), "Zstandard": ("libzstd",),
}  # fmt: skip


@pytest.mark.timeout(1_800)
def test_every_library_of_the_system_is_in_the_list_of_bundled_software(program: Path) -> None:
    listed = {part.name for part in bundled_parts()}
    assert set(SYSTEM_LIBRARIES) <= listed
    known = tuple(prefix for prefixes in SYSTEM_LIBRARIES.values() for prefix in prefixes)
    packed = [path.name for path in (program.parent / "_internal").glob("lib*.so*")]
    assert [name for name in packed if not name.startswith(known)] == []
    assert not any(name.startswith("libreadline") for name in packed)


@pytest.mark.timeout(1_800)
def test_the_demo_imports_its_house(program: Path, tmp_path: Path) -> None:
    done = run(program, "demo", "--no-window", TMPDIR=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert all(word in done.stdout for word in ("First import", "nothing was written", "Demo Jellyfin"))


@pytest.mark.timeout(1_800)
def test_a_folder_beside_the_program_keeps_everything(built: Path, tmp_path: Path) -> None:
    alone = tmp_path / "stick" / "retrovue"
    alone.parent.mkdir()
    shutil.copy2(built / "retrovue", alone)
    (alone.parent / "retrovue-data").mkdir()
    home = tmp_path / "home"
    home.mkdir()
    done = run(alone, "servers", "list", "--json", HOME=str(home))
    assert json.loads(done.stdout) == [], done.stderr
    assert (alone.parent / "retrovue-data" / "retrovue.db").is_file()
    assert list(home.rglob("retrovue.db")) == []


@pytest.mark.timeout(1_800)
def test_first_start_tray_link_and_end_on_a_desktop(program: Path, tmp_path: Path) -> None:
    missing = [tool for tool in ("Xvfb", "openbox", "trayer", "dunst", "xdotool") if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"not installed here: {', '.join(missing)}")
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    desktop = Desktop(home)
    try:
        with DemoServer(make_library(LibrarySpec(shows=4, episodes=20, movies=10))) as server:
            desktop.open()
            variables = profile(tmp_path / "profile", server)
            first = desktop.start(str(program), **variables)
            wait_for(desktop.window, "the window", 60)
            wait_for(desktop.tray_icon, "the icon in the tray", 60)
            desktop.press("alt+F4")
            wait_for(lambda: not desktop.window(), "the window hides")
            wait_for(lambda: "RetroVue keeps running in the tray." in desktop.notices(), "the explanation")
            again = desktop.start(str(program), "retrovue://item/movie:1", **variables)
            assert again.wait(60) == 0
            wait_for(desktop.window, "the window comes back")
            first.send_signal(signal.SIGTERM)
            assert first.wait(60) == 0
    finally:
        desktop.close()


@pytest.mark.timeout(1_800)
def test_the_archive_installs_into_the_menu_and_leaves_nothing(built: Path, tmp_path: Path) -> None:
    done = run(sys.executable, "-m", "tools.package", built / "retrovue", tmp_path)
    assert done.returncode == 0, done.stderr
    (archive,) = tmp_path.glob("retrovue-*.tar.gz")
    (materials,) = tmp_path.glob("*.cdx.json")
    parts = {part["name"] for part in json.loads(materials.read_text())["components"]}
    assert {"PySide6_Essentials", "SQLAlchemy", "keyring", "Python", "Qt", "OpenSSL", "libgcrypt"} <= parts
    assert not parts & {"pytest", "mypy", "pyinstaller"}
    assert archive.name in (tmp_path / f"SHA256SUMS-{sys.platform}").read_text()
    with tarfile.open(archive) as packed:
        assert {info.uname for info in packed} == {""}
        packed.extractall(tmp_path / "unpacked", filter="data")
    (inside,) = (tmp_path / "unpacked").iterdir()
    home = tmp_path / 'My "100%" $HOME & co'
    home.mkdir()
    places = {"HOME": str(home), "XDG_DATA_HOME": "", "XDG_CONFIG_HOME": ""}
    installed = run("sh", inside / "install.sh", **places)
    assert installed.returncode == 0, installed.stderr
    entry = home / ".local" / "share" / "applications" / "retrovue.desktop"
    line = next(line for line in entry.read_text().splitlines() if line.startswith("Exec="))
    assert autostart._split_exec(line.removeprefix("Exec=")) == [str(home / ".local/bin/retrovue"), "%u"]
    assert (home / ".local/share/icons/hicolor/scalable/apps/retrovue.svg").is_file()
    if shutil.which("desktop-file-validate") is not None:
        assert run("desktop-file-validate", entry).stdout == ""
    assert run(home / ".local" / "bin" / "retrovue", "--version", **places).stdout.startswith("RetroVue")
    ours = (str(home / ".local" / "bin" / "retrovue"), "--data-dir", str(home / "other"))
    folder = home / ".config" / "autostart"
    autostart.LinuxAutostart("retrovue", folder).enable(ours[:1])
    autostart.LinuxAutostart("retrovue-00c0ffee", folder).enable(ours)
    unit = home / ".config" / "systemd" / "user" / "retrovue-00c0ffee-recorder.service"
    unit.parent.mkdir(parents=True)
    unit.write_text(user_service.unit((*ours, "monitor")))
    other = autostart.LinuxAutostart("retrovue-5eed", folder)
    other.enable(("/opt/python", "-m", "retrovue", "--minimized"))
    removed = run("sh", inside / "uninstall.sh", **places)
    assert removed.returncode == 0, removed.stderr
    # Of another copy of the program, so it stays.
    other.path.unlink()
    assert [path.name for path in home.rglob("*") if path.is_file() and "retrovue" in path.name.lower()] == []


def test_the_papers_of_the_desktop_are_valid() -> None:
    papers = ROOT / "tools" / "package" / "linux"
    if shutil.which("desktop-file-validate") is not None:
        found = run("desktop-file-validate", papers / "retrovue.desktop")
        assert (found.returncode, found.stdout) == (0, "")
    if shutil.which("appstreamcli") is None:
        pytest.skip("appstreamcli is not installed here")
    found = run("appstreamcli", "validate", "--no-net", papers / "org.retrovue.retrovue.metainfo.xml")
    assert found.returncode == 0, found.stdout
