"""Files of payments: what is read of them, and the line of everything that is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from countermand_ops.bulk._errors import BulkError, Fault
from countermand_ops.bulk._source import MAX_LINE, RawRow, open_source

if TYPE_CHECKING:
    from pathlib import Path


def read(tmp_path: Path, content: bytes | str, name: str = "payments.csv") -> list[RawRow | Fault]:
    """The rows of a file with this content."""
    file = tmp_path / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return [*open_source(file).rows()]


def test_a_csv_file_as_excel_writes_it(tmp_path: Path) -> None:
    """A byte order mark, CRLF, blank rows at the end; spaces around a value do not count."""
    found = read(tmp_path, "\ufeffprovider,amount,\r\nunzer, 10.00 ,\r\n,,\r\n\r\nbento,full,\r\n")
    assert found == [
        RawRow(2, {"provider": "unzer", "amount": "10.00"}),
        RawRow(5, {"provider": "bento", "amount": "full"}),
    ]
    assert open_source(tmp_path / "payments.csv").has_mark


def test_columns_without_a_name_are_empty(tmp_path: Path) -> None:
    """A spreadsheet writes them where a cell was deleted."""
    assert read(tmp_path, "a,,b,\n1,,2,\n3,x,4,\n5, ,6,\n") == [
        RawRow(2, {"a": "1", "b": "2"}),
        Fault(3, "has a value in a column without a name; name the column in line 1"),
        RawRow(4, {"a": "5", "b": "6"}),
    ]


def test_a_quoted_line_break_counts(tmp_path: Path) -> None:
    """The line of a row is the one that an editor shows."""
    found = read(tmp_path, 'a,b\n1,"x\ny"\n2,z\n')
    assert found == [RawRow(2, {"a": "1", "b": "x\ny"}), RawRow(4, {"a": "2", "b": "z"})]


def test_every_line_that_is_wrong_is_named(tmp_path: Path) -> None:
    """The rows between them are read."""
    content = b"a,b\n1\n\xfcber,1\n1,2\n1,2,3\n"
    assert read(tmp_path, content) == [
        Fault(2, "has 1 cells, and line 1 names 2 columns; quote a cell that holds a comma"),
        Fault(3, "is not UTF-8; save it as 'CSV UTF-8 (comma delimited)'"),
        RawRow(4, {"a": "1", "b": "2"}),
        Fault(5, "has 3 cells, and line 1 names 2 columns; quote a cell that holds a comma"),
    ]


def test_a_quote_that_never_ends_does_not_fill_the_memory(tmp_path: Path) -> None:
    """It is told, and nothing after it is guessed."""
    first, *others = read(tmp_path, 'a,b\n1,"' + "x,\n" * 100_000)
    assert isinstance(first, Fault)
    assert first.line == 2
    assert "is no CSV, and nothing after it was read" in first.message
    assert not others


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "line 1: must name the columns"),
        ("provider;amount\n", "line 1: commas must separate the columns; save it as 'CSV UTF-8"),
        ("provider\tamount\n", "line 1: commas must separate the columns"),
        ("a,b,a\n", "line 1: names a column twice: a"),
        ('"a"b,c\n', "line 1: is no CSV"),
        (b"provider,betr\xe4ge\n", "line 1: is not UTF-8; save it as 'CSV UTF-8"),
        ("provider,amount\n".encode("utf-16"), "is UTF-16; save it as 'CSV UTF-8"),
    ],
)
def test_a_file_without_columns_is_refused(
    tmp_path: Path, content: bytes | str, message: str
) -> None:
    """With the right form."""
    with pytest.raises(BulkError) as refused:
        read(tmp_path, content)
    assert message in str(refused.value)


def test_a_file_is_csv_or_json_lines(tmp_path: Path) -> None:
    """Its name says which; and it must be there."""
    with pytest.raises(BulkError, match=r"must be CSV or JSON Lines; name it \.csv or \.jsonl"):
        read(tmp_path, "", "payments.xlsx")
    with pytest.raises(BulkError, match="cannot be read: No such file"):
        open_source(tmp_path / "nothing.csv")


def test_json_lines_keep_every_digit(tmp_path: Path) -> None:
    """A number is the text that stands there; null and an empty text are no values."""
    lines = (
        '\ufeff{"amount": 10.00, "value": 700, "flag": true}\n\n'
        '{"a": null, "b": "", "c": "x", "d": false}\n'
    )
    assert read(tmp_path, lines, "payments.jsonl") == [
        RawRow(1, {"amount": "10.00", "value": "700", "flag": "true"}),
        RawRow(3, {"c": "x", "d": "false"}),
    ]


def test_every_line_of_json_that_is_wrong_is_named(tmp_path: Path) -> None:
    """With what is wrong."""
    lines = [
        b"{",
        b"[]",
        b'{"a": {}}',
        b'{"a": 1, "a": 2}',
        b'{"a": NaN}',
        b'"\xfc"',
        b'{"a": "\\ud800"}',
        b"[" * 100_000,
        b'{"\\ud800": 1}',
        b'{"a": "' + b"x" * MAX_LINE + b'"}',
        b'{"a": "never read"}',
    ]
    found = read(tmp_path, b"\n".join(lines), "payments.jsonl")
    assert [each.line for each in found] == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    messages = [each.message for each in found if isinstance(each, Fault)]
    assert all(m.startswith("must be an object such as") for m in messages[:5])
    assert "a must be a text, a number, true, false or null" in messages[2]
    assert "'a' stands twice" in messages[3]
    assert "NaN is no number" in messages[4]
    assert messages[5] == "is not UTF-8"
    assert "a holds half a character" in messages[6]
    assert "'\\ud800' holds half a character" in messages[8]
    assert messages[9] == f"is longer than {MAX_LINE} bytes; nothing after it was read"
