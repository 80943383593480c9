"""The plan: JSON Lines with a head, a line for each row, and an end with the hash of all before."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import stat
import tempfile
from collections import defaultdict
from contextlib import ExitStack, contextmanager, suppress
from decimal import Decimal
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, cast

from attrs import define, field, frozen

from countermand.provider._provider import recorded_provider
from countermand_ops.bulk._errors import BulkError
from countermand_ops.bulk._money import Money, Sums

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from countermand.provider import BaseCancellation
    from countermand_ops.bulk._looks import Look
    from countermand_ops.bulk._rows import Row
    from countermand_ops.bulk._source import Source

VERSION: Final = 1
MARK: Final = "countermand_plan"
KNOWN: Final = "known to the ledger"
"""Counted beside the other kinds: such a row is one of them, too."""
MAX_LINE: Final = 4 * 1024 * 1024
"""Bytes."""


@frozen(kw_only=True)
class PlanRow:
    """A row of a plan.

    Attributes:
        number: The number of the row, from 1.
        account: The account's name in the configuration.
        cancellation: What to cancel.
        key: The idempotency key.
        user: The caller's name for the user, or None.
        money: What the cancel would take back.
        texts: The values as they stood in the file.
    """

    number: int
    account: str
    cancellation: BaseCancellation
    key: str
    user: str | None
    money: Money
    texts: dict[str, str] = field(repr=False)

    @classmethod
    def from_dict(cls, line: dict[str, Any]) -> PlanRow:
        """Read a line of a plan that was verified."""
        stored = line["cancellation"]
        amount = line["amount"]
        return cls(
            number=line["row"],
            account=line["account"],
            cancellation=recorded_provider(stored["api"]).cancellation.from_dict(stored),
            key=line["key"],
            user=line["user"],
            money=Money(line["currency"], None if amount is None else Decimal(amount)),
            texts=line["input"],
        )


@define
class Counts:
    """The rows of a plan and their sums, by provider, currency and kind."""

    _sums: defaultdict[tuple[str, str, str], Sums] = field(
        factory=lambda: defaultdict[tuple[str, str, str], Sums](Sums)
    )

    def add(self, api: str, money: Money, kinds: list[str]) -> None:
        """Count a row."""
        for kind in kinds:
            self._sums[api, money.currency or "", kind].add(money)

    def to_list(self) -> list[dict[str, Any]]:
        """JSON types."""
        return [
            {
                "provider": api,
                "currency": currency or None,
                "status": kind,
                "rows": sums.rows,
                "amount": None if sums.unknown else format(sums.amounts[currency], "f"),
            }
            for (api, currency, kind), sums in sorted(self._sums.items())
        ]


@frozen(kw_only=True)
class Plan:
    """A plan whose hash was checked.

    Attributes:
        file: Its path.
        sha256: The hash of the plan.
        ledger: The identity of its ledger.
        source: Name, format, columns and byte order mark of its input.
        accounts: By name the provider and the server of each account.
        rows: How many rows.
        sums: Rows and sums by currency, of all rows.
        counts: As `Counts.to_list`.
        copy: The file as it was checked; None if its rows are not wanted.
    """

    file: Path
    sha256: str
    ledger: str
    source: dict[str, Any]
    accounts: dict[str, dict[str, str]]
    rows: int
    sums: dict[str, Any]
    counts: list[dict[str, Any]]
    copy: IO[bytes] | None = field(default=None, repr=False, eq=False)

    @property
    def total(self) -> dict[str, Decimal]:
        """The sums of all rows by currency."""
        return {code: Decimal(text) for code, text in self.sums["amounts"].items()}

    @property
    def unknown(self) -> int:
        """Rows whose amount or currency is not known."""
        count: int = self.sums["unknown"]
        return count

    @property
    def apis(self) -> list[str]:
        """The providers of its rows."""
        return sorted({each["provider"] for each in self.counts})

    def lines(self) -> Iterator[PlanRow]:
        """The rows that were checked, one at a time, whatever has become of the file.

        Raises:
            BulkError: a row has another form; the hash fits, so a person has made both.
        """
        assert self.copy is not None
        self.copy.seek(0)
        self.copy.readline()
        place = self.copy.tell()
        for number in range(1, self.rows + 1):
            # Each provider's rows are read at another place.
            self.copy.seek(place)
            line = self.copy.readline()
            place = self.copy.tell()
            try:
                row = PlanRow.from_dict(json.loads(line))
            except (ArithmeticError, LookupError, RecursionError, TypeError, ValueError):
                raise BulkError(f"{self.file}, row {number}: is no row of a plan") from None
            yield row


@contextmanager
def open_plan(file: Path) -> Generator[Plan]:
    """Check a plan as `check_plan` does, and keep a copy of it from which its rows are read.

    Raises:
        BulkError: as `check_plan`; or the copy cannot be kept.
    """
    with ExitStack() as stack:
        try:
            copy = stack.enter_context(tempfile.TemporaryFile(dir=file.parent))
        except OSError as failed:
            raise BulkError(f"{file} cannot be copied: {failed.strerror}") from None
        yield check_plan(file, copy)


def check_plan(file: Path, copy: IO[bytes] | None = None) -> Plan:
    """Check the hash of a plan, and read its head and its end.

    Args:
        file: Its path.
        copy: Gets what was checked.

    Raises:
        BulkError: it cannot be read, is no plan, or was altered.
    """
    digest, head, last = hashlib.sha256(), b"", b""
    try:
        with file.open("rb") as lines:
            for line in iter(lambda: lines.readline(MAX_LINE), b""):
                digest.update(last)
                head, last = head or line, line
                if copy is not None:
                    copy.write(line)
        if copy is not None:
            copy.flush()
    except OSError as failed:
        done = "read" if copy is None else "read and copied"
        raise BulkError(f"{file} cannot be {done}: {failed.strerror}") from None
    first, end = _object(head), _object(last)
    if first.get(MARK) != VERSION:
        raise BulkError(f"{file} is no plan; make one with: countermand bulk plan FILE")
    if end.get("sha256") != digest.hexdigest():
        raise BulkError(f"{file} is incomplete, or was altered; plan anew")
    return Plan(
        file=file,
        sha256=end["sha256"],
        ledger=first["ledger"],
        source=first["input"],
        accounts=first["accounts"],
        rows=end["rows"],
        sums=end["sums"],
        counts=end["counts"],
        copy=copy,
    )


def require_unaltered(plan: Plan) -> None:
    """Refuse a plan whose file is another one by now.

    Raises:
        BulkError: it is.
    """
    if check_plan(plan.file).sha256 != plan.sha256:
        raise BulkError(f"{plan.file} was replaced by another plan meanwhile; apply it anew")


def _object(line: bytes) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (RecursionError, ValueError):
        return {}
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


@define(eq=False)
class PlanWriter:
    """Writes a plan, a row at a time."""

    _file: IO[bytes]
    counts: Counts = field(factory=Counts)
    sums: Sums = field(factory=Sums)
    _digest: Any = field(factory=hashlib.sha256)

    def begin(self, source: Source, ledger: str, accounts: dict[str, dict[str, str]]) -> None:
        """Write the head."""
        self._write(
            {
                MARK: VERSION,
                "ledger": ledger,
                "input": {
                    "name": source.file.name,
                    "format": source.format,
                    "columns": source.columns,
                    "byte_order_mark": source.has_mark,
                    "sha256": source.sha256,
                },
                "accounts": accounts,
            }
        )

    def add(self, row: Row, key: str, look: Look, money: Money, known: str | None) -> None:
        """Write a row.

        Args:
            row: The row.
            key: Its key, own or made.
            look: What a read has shown.
            money: What the cancel would take back.
            known: The state of the key of the ledger that stands for this payment, or None.
        """
        kinds = [look.status.value, *([] if known is None else [KNOWN])]
        self.counts.add(row.cancellation.api, money, kinds)
        self.sums.add(money)
        self._write(
            {
                "row": row.number,
                "line": row.line,
                "account": row.account,
                "key": key,
                "user": row.user,
                "cancellation": row.cancellation.to_dict(),
                "status": look.status.value,
                "message": look.message,
                "known": known,
                "currency": money.currency,
                "amount": None if money.amount is None else format(money.amount, "f"),
                "input": row.texts,
            }
        )

    def end(self) -> None:
        """Write the end."""
        self._write(
            {
                "rows": self.sums.rows,
                "sums": self.sums.to_dict(),
                "counts": self.counts.to_list(),
                "sha256": self._digest.hexdigest(),
            }
        )

    def _write(self, document: dict[str, Any]) -> None:
        text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
        # A file's name may hold bytes that are no text.
        line = text.encode(errors="surrogatepass") + b"\n"
        self._digest.update(line)
        self._file.write(line)


def require_replaceable(file: Path) -> None:
    """Refuse what must not make room for a file: a device, a pipe, a folder, a symbolic link.

    Raises:
        OSError: something of that kind is there.
    """
    with suppress(FileNotFoundError):
        if not stat.S_ISREG(file.lstat().st_mode):
            raise OSError(errno.EEXIST, "it is there, and is no regular file")


@contextmanager
def replacing(file: Path) -> Generator[IO[bytes]]:
    """Write a file that is there whole, or not at all; the user alone can read it.

    Raises:
        OSError: it cannot be written. The message names the file.
    """
    try:
        require_replaceable(file)
        place, name = tempfile.mkstemp(prefix=f".{file.name}-", dir=file.parent)
        try:
            with os.fdopen(place, "wb") as written:
                yield written
                written.flush()
                os.fsync(place)
            Path(name).replace(file)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as failed:
        raise OSError(f"{file} cannot be written: {failed.strerror}") from None
