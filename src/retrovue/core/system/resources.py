"""Where the files in `resources/` are: in a checkout, in an installed wheel and in a frozen program."""

import sys
from importlib.resources import files
from pathlib import Path


def find_resources(package_dir: Path, *, frozen: bool) -> Path:
    """Return the resources folder of the package in `package_dir`.

    In a wheel and a frozen program the folder is inside the package. An editable install runs from `src/retrovue`, and
    its resources are at the top of the checkout. A frozen program never searches there, because the folder above its
    unpacked files belongs to other programs.

    Raises:
        FileNotFoundError: the program was packed without its resources. Thread: any.
    """
    inside = package_dir / "resources"
    if inside.is_dir():
        return inside
    beside = package_dir.parents[1] / "resources"
    if not frozen and beside.is_dir():
        return beside
    raise FileNotFoundError(f"no resources folder for the package in {package_dir}")


def resource_path(*parts: str) -> Path:
    """Return the path of one resource, such as `resource_path("icons", "plus.svg")`. Thread: any.

    Raises:
        FileNotFoundError: the program was packed without its resources. A missing file inside the folder is not
            checked here.
    """
    root = find_resources(Path(str(files("retrovue"))), frozen=bool(getattr(sys, "frozen", False)))
    return root.joinpath(*parts)
