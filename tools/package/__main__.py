"""`python -m tools.package PROGRAM FOLDER`: what is published beside the program, made after it was built."""

from __future__ import annotations

import hashlib
import platform
import sys
import tarfile
import tempfile
from pathlib import Path

from tools.package import bill, icons

from retrovue import __version__

_PAPERS = Path(__file__).parent / "linux"
_ROOT = Path(__file__).parents[2]


def archive(program: Path, folder: Path) -> Path:
    """The program with menu entry, icons and the scripts that install and remove it, as one archive for Linux."""
    name = f"retrovue-{__version__}-linux-{platform.machine()}"
    target = folder / f"{name}.tar.gz"
    with tempfile.TemporaryDirectory() as temporary:
        inside = Path(temporary, name)
        pictures = inside / "icons"
        (pictures / "scalable" / "apps").mkdir(parents=True)
        (pictures / "scalable" / "apps" / "retrovue.svg").write_bytes(icons.SVG.read_bytes())
        for size in icons.LINUX_SIZES:
            place = pictures / f"{size}x{size}" / "apps"
            place.mkdir(parents=True)
            (place / "retrovue.png").write_bytes(icons.png(size))
        for paper in (*sorted(_PAPERS.iterdir()), _ROOT / "LICENSE"):
            (inside / paper.name).write_bytes(paper.read_bytes())
            (inside / paper.name).chmod(0o755 if paper.suffix == ".sh" else 0o644)
        (inside / "retrovue").write_bytes(program.read_bytes())
        (inside / "retrovue").chmod(0o755)
        with tarfile.open(target, "w:gz") as packed:
            packed.add(inside, name, filter=_nobody)
    return target


def _nobody(info: tarfile.TarInfo) -> tarfile.TarInfo:
    """Without the account that built it."""
    info.uid = info.gid = 0
    info.uname = info.gname = ""
    return info


def main(words: list[str]) -> int:
    """Make the archive (Linux), the bill of materials and the checksums."""
    program, folder = Path(words[0]), Path(words[1])
    made = [archive(program, folder)] if sys.platform.startswith("linux") else [program]
    materials = folder / f"retrovue-{__version__}-{sys.platform}.cdx.json"
    materials.write_text(bill.bill(__version__), encoding="utf-8")
    made.append(materials)
    sums = "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in made)
    (folder / f"SHA256SUMS-{sys.platform}").write_text(sums, encoding="utf-8")
    sys.stdout.write(sums)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
