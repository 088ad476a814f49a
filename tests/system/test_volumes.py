"""Volumes of three systems, read from what those systems say; looks that never answer."""

import shutil
import threading
from pathlib import Path
from typing import NamedTuple

import pytest

from retrovue.core.services.files.local_files import LocalFiles
from retrovue.core.system.looks import Looker, look
from retrovue.core.system.volumes import (
    Volume,
    VolumeKind,
    computer_volumes,
    first_mounts,
    subfolders,
    volume_of,
    with_space,
)
from retrovue.core.system.volumes.linux import LinuxVolumes, linux_volumes, parse_mounts
from retrovue.core.system.volumes.macos import macos_volumes
from retrovue.core.system.volumes.space import Space
from retrovue.core.system.volumes.windows import Drive, windows_volumes


class Mounted(NamedTuple):
    """A line of a mount table as psutil returns it."""

    device: str
    mountpoint: str
    fstype: str
    opts: str


MOUNTS = """\
sysfs /sys sysfs rw,nosuid 0 0
proc /proc proc rw 0 0
/dev/sda2 / ext4 rw,relatime 0 0
tmpfs /run tmpfs rw 0 0
/dev/sda1 /boot/efi vfat rw 0 0
/dev/loop3 /snap/core/1 squashfs ro 0 0
overlay /var/lib/docker/overlay2/x/merged overlay rw 0 0
nas:/export/tv /mnt/My\\040TV nfs4 rw,vers=4.2 0 0
//nas/films /mnt/films cifs rw 0 0
me@box:/x /home/me/box fuse.sshfs rw 0 0
1:2:3 /mnt/pool fuse.mergerfs rw 0 0
/dev/sdb1 /media/me/STICK exfat rw 0 0
/dev/sdc1 /mnt/win fuseblk rw 0 0
systemd-1 /mnt/auto autofs rw 0 0
portal /run/user/1000/doc fuse.portal rw 0 0
a broken line
"""
FSTAB = """\
# comment
UUID=1 / ext4 defaults 0 1
nas:/export/music  /mnt/music  nfs  defaults,noauto 0 0
nas:/export/tv /mnt/My\\040TV nfs4 defaults 0 0
nas:/a /mnt/auto nfs x-systemd.automount 0 0
UUID=2 none swap sw 0 0
"""


def test_linux_mount_table() -> None:
    found = {volume.path: volume for volume in linux_volumes(MOUNTS, FSTAB)}
    assert {path: volume.kind.value for path, volume in found.items()} == {
        "/": "local",
        "/mnt/My TV": "network",
        "/mnt/films": "network",
        "/home/me/box": "network",
        "/mnt/pool": "fuse",
        "/media/me/STICK": "removable",
        "/mnt/win": "local",
        "/mnt/music": "network",
    }
    assert [path for path, volume in found.items() if not volume.is_mounted] == ["/mnt/music"]
    assert (found["/mnt/My TV"].device, found["/mnt/My TV"].label) == ("nas:/export/tv", "My TV")
    assert parse_mounts("") == []


def test_linux_provider_reads_its_tables(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/x {tmp_path} ext4 rw 0 0\n/dev/y {tmp_path}/gone ext4 rw 0 0\n")
    provider = LinuxVolumes(mounts, tmp_path / "no-fstab", tmp_path)
    here, gone = provider.volumes()
    assert here.total_bytes is not None
    assert here.free_bytes is not None
    assert here.total_bytes >= here.free_bytes > 0
    assert gone.total_bytes is None
    assert str(tmp_path) in provider.common_folders()


def test_macos_mount_answer() -> None:
    found = macos_volumes(
        [
            Mounted("/dev/disk3s1s1", "/", "apfs", "ro,local,rootfs,journaled"),
            Mounted("devfs", "/dev", "devfs", "rw,local,nobrowse"),
            Mounted("/dev/disk3s5", "/System/Volumes/Data", "apfs", "rw,local,nobrowse"),
            Mounted("//me@nas._smb._tcp.local/TV%20Shows", "/Volumes/TV (old)", "smbfs", "rw,nodev,nosuid"),
            Mounted("nas:/export", "/private/nfs", "nfs", "rw"),
            Mounted("/dev/disk5s1", "/Volumes/STICK", "exfat", "rw,local,nodev"),
            Mounted("me@box:", "/Volumes/box", "macfuse", "rw,nodev"),
        ]
    )
    assert [(volume.path, volume.kind) for volume in found] == [
        ("/", VolumeKind.LOCAL),
        ("/Volumes/TV (old)", VolumeKind.NETWORK),
        ("/private/nfs", VolumeKind.NETWORK),
        ("/Volumes/STICK", VolumeKind.REMOVABLE),
        ("/Volumes/box", VolumeKind.FUSE),
    ]
    assert found[1].device == "//me@nas._smb._tcp.local/TV%20Shows"


def test_windows_drives() -> None:
    found = windows_volumes(
        [
            Drive("a", 1),
            Drive("c", 3, label="System", filesystem="NTFS"),
            Drive("d", 5),
            Drive("e", 2, filesystem="exFAT"),
            Drive("z", 4, remote="\\\\nas\\media"),
            Drive("y", 1, remote="\\\\old\\media"),
        ]
    )
    assert [(volume.path, volume.kind.value, volume.is_mounted, volume.device) for volume in found] == [
        ("C:\\", "local", True, ""),
        ("D:\\", "removable", True, ""),
        ("E:\\", "removable", True, ""),
        ("Z:\\", "network", True, "\\\\nas\\media"),
        ("Y:\\", "network", False, "\\\\old\\media"),
    ]
    assert (found[0].label, found[0].filesystem) == ("System", "ntfs")


def test_every_system_has_a_provider() -> None:
    for platform, name in (("win32", "WindowsVolumes"), ("darwin", "MacVolumes"), ("linux", "LinuxVolumes")):
        assert type(computer_volumes(platform)).__name__ == name


def test_the_volume_of_a_path() -> None:
    volumes = [Volume(path, VolumeKind.LOCAL) for path in ("/", "/mnt/tv", "/mnt/tv/old", "Z:\\", "\\\\nas\\share")]
    for path, expected in [
        ("/mnt/tv/a", "/mnt/tv"),
        ("/mnt/tv/old/a", "/mnt/tv/old"),
        ("/mnt/tv2/a", "/"),
        ("z:\\a", "Z:\\"),
        ("\\\\NAS\\Share\\a", "\\\\nas\\share"),
    ]:
        found = volume_of(path, volumes)
        assert found is not None
        assert found.path == expected
    assert volume_of("Y:\\a", volumes) is None
    assert volume_of("relative", volumes) is None


def test_a_look_that_never_answers_costs_its_limit_and_no_more() -> None:
    release = threading.Event()
    try:
        with Looker() as looker:
            stuck = looker.start(release.wait)
            with pytest.raises(TimeoutError):
                stuck.result(0.05)
            assert looker.look(lambda: 42, 5) == 42
        assert not stuck.done
    finally:
        release.set()
    assert stuck.result(5) is True


def test_a_look_raises_where_it_was_asked(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        look(lambda: (tmp_path / "none").stat(), 5)
    assert subfolders(str(tmp_path / "none")) == []
    (tmp_path / "b").mkdir()
    (tmp_path / "a").mkdir()
    (tmp_path / "file").touch()
    assert subfolders(str(tmp_path)) == [str(tmp_path / "a"), str(tmp_path / "b")]


def test_looks_use_an_idle_thread_again() -> None:
    with Looker() as looker:
        threads = {looker.look(threading.get_ident, 5) for _ in range(50)}
    # A thread is idle a moment after its answer, so that a few more than one may be needed.
    assert len(threads) < 25


def test_capacity_is_not_asked_of_what_is_not_mounted(tmp_path: Path) -> None:
    volume = Volume(str(tmp_path), VolumeKind.NETWORK, is_mounted=False)
    assert with_space([volume]) == [volume]


def test_many_dead_disks_delay_no_longer_than_one() -> None:
    gate, all_asked = threading.Event(), threading.Barrier(9)
    dead = [Volume(f"/mnt/{n}", VolumeKind.NETWORK) for n in range(8)]

    def usage(path: str) -> Space:
        # The disk that answers is asked last, and answers only while all the others are being asked.
        all_asked.wait(30)
        if path != "/alive":
            gate.wait(30)
        return shutil.disk_usage("/")

    found = with_space([*dead, Volume("/alive", VolumeKind.LOCAL)], timeout_s=0.5, usage=usage)
    gate.set()
    assert [volume.total_bytes for volume in found[:-1]] == [None] * 8
    assert found[-1].total_bytes


TWICE = """\
/dev/sdb1 /data ext4 rw 0 0
/dev/sdb1 /srv/video ext4 rw 0 0
/dev/sdb1 /other/sub ext4 rw 0 0
NAS:/export /mnt/all nfs4 rw 0 0
nas:/export/tv /mnt/tv nfs4 rw 0 0
nas:/exports /mnt/exports nfs4 rw 0 0
//NAS/Films /mnt/films cifs rw 0 0
//nas/films /home/me/films cifs rw 0 0
1:2 /mnt/pool fuse.mergerfs rw 0 0
1:2 /mnt/pool2 fuse.mergerfs rw 0 0
"""
MOUNTINFO = """\
30 1 8:17 / /data rw - ext4 /dev/sdb1 rw
31 1 8:17 /video /srv/video rw - ext4 /dev/sdb1 rw
32 1 8:17 /a\\040b /other/sub rw - ext4 /dev/sdb1 rw
bad line
"""


def test_what_is_mounted_twice_is_one() -> None:
    volumes = linux_volumes(TWICE, "", MOUNTINFO)
    assert first_mounts(volumes) == {
        "/srv/video": "/data/video",
        "/other/sub": "/data/a b",
        "/mnt/tv": "/mnt/all/tv",
        "/home/me/films": "/mnt/films",
    }
    # Without the second table nobody can tell which folder of a device is mounted where.
    assert "/srv/video" not in first_mounts(linux_volumes(TWICE))
    local = LocalFiles(volumes)
    assert local.once("/srv/video/Show/a.mkv") == "/data/video/Show/a.mkv"
    assert local.key("/mnt/tv/a.mkv") == local.key("/mnt/all/tv/a.mkv")
    assert local.once("/mnt/tv") == "/mnt/all/tv"
    for path in ("/mnt/all/x.mkv", "/mnt/exports/a.mkv", "/mnt/pool2/a.mkv", "/srv/videos/a.mkv", "relative"):
        assert local.once(path) == path


def test_shares_behind_several_drives_and_names() -> None:
    volumes = windows_volumes(
        [
            Drive("C", 3),
            Drive("Y", 4, "\\\\NAS\\Video\\TV"),
            Drive("Z", 4, "\\\\nas\\video"),
            Drive("X", 4, "\\\\nas\\video"),
        ]
    )
    local = LocalFiles(volumes)
    for path in ("Y:\\a.mkv", "\\\\nas\\VIDEO\\tv\\A.mkv", "X:\\tv\\a.mkv", "Z:\\TV\\a.mkv"):
        assert local.key(path) == local.key("Z:\\tv\\a.mkv")
    assert local.once("\\\\nas\\Video\\Film.mkv") == "Z:\\Film.mkv"
    assert local.once("\\\\nas\\other\\Film.mkv") == "\\\\nas\\other\\Film.mkv"
    mac = macos_volumes(
        [
            Mounted("//me@nas/TV", "/Volumes/TV", "smbfs", "rw"),
            Mounted("//you@NAS/TV", "/Volumes/TV-1", "smbfs", "rw"),
            Mounted("/dev/disk3s1", "/Volumes/Disk", "apfs", "rw,local"),
        ]
    )
    assert LocalFiles(mac).once("/Volumes/TV-1/a.mkv") == "/Volumes/TV/a.mkv"
    assert LocalFiles(mac).once("/Volumes/Disk/a.mkv") == "/Volumes/Disk/a.mkv"
