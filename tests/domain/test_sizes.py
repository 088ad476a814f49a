"""Sizes as people type them."""

import pytest

from retrovue.core.domain.sizes import format_size, parse_size


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


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1 KB"),
        (999_600, "1.0 MB"),
        (7_340_032, "7.3 MB"),
        (999_950_001, "1.0 GB"),
        (563_803_553_103, "563.8 GB"),
        (8_001_563_222_016, "8.0 TB"),
        (5 * 10**18, "5,000.0 PB"),
    ],
)
def test_what_people_read(size_bytes: int, text: str) -> None:
    assert format_size(size_bytes) == text


@pytest.mark.parametrize("size_bytes", [0, 12, 999_600, 563_803_553_103, 8_001_563_222_016])
def test_what_people_read_can_be_typed_again(size_bytes: int) -> None:
    assert parse_size(format_size(size_bytes)) == pytest.approx(size_bytes, rel=0.05)
