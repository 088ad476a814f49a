"""Sizes as people type them."""

import pytest

from retrovue.core.domain.sizes import parse_size


@pytest.mark.parametrize(
    ("text", "size_bytes"),
    [
        ("8 TB", 8 * 10**12),
        ("7,5 tb", 7_500 * 10**9),
        ("7.5TB", 7_500 * 10**9),
        ("500 GB", 500 * 10**9),
        ("500g", 500 * 10**9),
        ("1 TiB", 2**40),
        ("0", 0),
        ("0 GB", 0),
        ("8000000000000", 8 * 10**12),
        ("8,000,000,000,000", 8 * 10**12),
        ("8.000.000.000.000", 8 * 10**12),
        ("1,500.5 GB", 1_500_500_000_000),
        ("1.500,5 GB", 1_500_500_000_000),
        ("1,500", 1500),
        ("16\u202f000 GB", 16 * 10**12),
        ("  2 MB ", 2_000_000),
    ],
)
def test_what_people_type(text: str, size_bytes: int) -> None:
    assert parse_size(text) == size_bytes


@pytest.mark.parametrize("text", ["", "TB", "-5 GB", "5 XB", "1e12", "5 iB", "a lot", "5 GB GB", "9" * 40, "5..5 GB x"])
def test_what_is_no_size(text: str) -> None:
    assert parse_size(text) is None
