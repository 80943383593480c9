"""From the texts of a row to a cancellation, or to everything that is wrong with them. Pure."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from attrs import define, field, frozen

from countermand._runtime.accounts import destination_of
from countermand._runtime.arguments import validate_user
from countermand.errors import InvalidCancellation
from countermand.provider import ProviderError, load_provider
from countermand.provider._fields import validate_key
from countermand_ops._fields import MAX_DIGITS, FieldError, field_options, is_short
from countermand_ops._providers import known_providers
from countermand_ops.bulk._errors import BulkError
from countermand_ops.bulk._money import CURRENCY, Money
from countermand_ops.config import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from countermand.provider import Account, BaseCancellation
    from countermand_ops._fields import FieldOption
    from countermand_ops.bulk._source import RawRow
    from countermand_ops.config import Configuration

COMMON: Final = ("provider", "key", "account", "user", "currency", "payment_amount")
"""The columns that do not belong to a provider."""
RESULTS: Final = ("outcome", "error", "evidence", "reference", "message", "attempts")
"""The columns of a report; in a file that is planned they are left out of account."""
RESERVED: Final = tuple(f"--{name.replace('_', '-')}" for name in COMMON + RESULTS)
AMOUNT: Final = re.compile(r"[0-9]+(\.[0-9]+)?")


class RowError(ValueError):
    """A row cannot be planned; `args` has a message for everything that is wrong with it."""


@frozen(kw_only=True)
class Row:
    """A row whose values are right.

    Attributes:
        number: The number of the row, from 1.
        line: The line on which it begins.
        account: The account's name in the configuration.
        cancellation: What to cancel.
        key: The row's own key; None without one.
        user: The caller's name for the user, or None.
        payment: Amount and currency of the payment, as far as the row says them.
        texts: The values as they stand in the file.
    """

    number: int
    line: int
    account: str
    cancellation: BaseCancellation
    key: str | None
    user: str | None
    payment: Money
    texts: Mapping[str, str] = field(repr=False)


@define
class Accounts:
    """The accounts of a configuration, by provider and by name."""

    configuration: Configuration
    _known: dict[tuple[str, str | None], str] = field(factory=dict[tuple[str, str | None], str])

    def name(self, api: str, name: str | None) -> str:
        """The name of the only account of a provider, or of the one that is named.

        Raises:
            ConfigurationError: there is none, or there are several.
        """
        if (api, name) not in self._known:
            account = self.configuration.account(api, name)
            names = [n for n, each in self.configuration.accounts.items() if each is account]
            self._known[api, name] = names[0]
        return self._known[api, name]

    def get(self, name: str) -> Account:
        """The account of that name."""
        return self.configuration.accounts[name]

    def destination(self, name: str) -> str:
        """The server of an account, with a fingerprint of the merchant."""
        return destination_of(self.get(name))


@frozen
class Form:
    """What a row of one provider consists of."""

    api: str
    kind: type[BaseCancellation]
    fields: Mapping[str, FieldOption]
    """By column."""

    @classmethod
    def of(cls, api: str) -> Form:
        """The form of a provider.

        Raises:
            ProviderError: it is unknown, or its registration is broken.
        """
        kind = load_provider(api).cancellation
        options = field_options(kind, RESERVED)
        return cls(api, kind, {column_of(each): each for each in options})


def column_of(option: FieldOption) -> str:
    """The column of a field."""
    return option.option.removeprefix("--").replace("-", "_")


@define
class RowReader:
    """Makes rows of texts.

    Args:
        accounts: The accounts that a row may name.
        provider: The provider of rows that name none; None if each row must name one.
        ignored: Further columns that are left out of account.
    """

    accounts: Accounts
    provider: str | None = None
    ignored: frozenset[str] = frozenset()
    _forms: dict[str, Form] = field(factory=dict[str, Form])

    def check_columns(self, columns: Iterable[str]) -> None:
        """Refuse columns that nobody knows, and a file whose rows name no provider.

        Raises:
            BulkError: there are some.
        """
        names = set(columns)
        unknown = sorted(names - self._known_columns() - {""})
        if unknown:
            raise BulkError(
                f"the column {unknown[0]!r} is unknown; known are "
                f"{', '.join(sorted(self._known_columns() - self.ignored))}; --ignore leaves a "
                "column out of account"
            )
        if self.provider is None and "provider" not in names:
            raise BulkError("the column provider is missing; add it, or pass --provider")

    def read(self, number: int, raw: RawRow) -> Row:
        """Make a row.

        Raises:
            RowError: it is wrong.
        """
        wrong: list[str] = []
        form = self._form(raw)
        texts = {
            name: text
            for name, text in raw.texts.items()
            if name not in self.ignored and name not in RESULTS
        }
        values = _collect(wrong, lambda: self._values(form, texts, wrong))
        cancellation = _collect(wrong, lambda: None if wrong else form.kind(**(values or {})))
        account = _collect(wrong, lambda: self.accounts.name(form.api, texts.get("account")))
        key, user = texts.get("key"), texts.get("user")
        _collect(wrong, lambda: None if key is None else validate_key(key))
        _collect(wrong, lambda: validate_user(user))
        currency = _collect(wrong, lambda: _currency(texts.get("currency")))
        amount = _collect(wrong, lambda: _amount(texts.get("payment_amount")))
        if wrong or cancellation is None or account is None:
            raise RowError(*wrong)
        return Row(
            number=number,
            line=raw.line,
            account=account,
            cancellation=cancellation,
            key=key,
            user=user,
            payment=Money(currency, amount),
            texts=raw.texts,
        )

    def _form(self, raw: RawRow) -> Form:
        name = raw.texts.get("provider", self.provider)
        if name is None:
            raise RowError(f"names no provider; it must be one of {_providers()}")
        api = name.replace("-", "_")
        if api not in self._forms:
            if api not in known_providers():
                raise RowError(f"the provider {name!r} must be one of {_providers()}")
            try:
                self._forms[api] = Form.of(api)
            except ProviderError as broken:
                raise RowError(str(broken)) from None
        return self._forms[api]

    def _values(self, form: Form, texts: Mapping[str, str], wrong: list[str]) -> dict[str, Any]:
        """The arguments of the cancellation."""
        values: dict[str, Any] = {}
        for column, each in form.fields.items():
            text = texts.get(column)
            if text is not None:
                values[each.name] = _collect(wrong, partial(each.parse, text))
            elif each.required:
                wrong.append(f"{form.api} needs {column}, such as {each.metavar}")
        foreign = sorted(texts.keys() - form.fields.keys() - {*COMMON})
        if foreign:
            known = ", ".join(form.fields)
            wrong.append(f"{form.api} has no {', '.join(foreign)}; it has {known}")
        return values

    def _known_columns(self) -> set[str]:
        known = {*COMMON, *RESULTS, *self.ignored}
        for api in known_providers():
            try:
                known |= Form.of(api).fields.keys()
            except ProviderError:
                continue
        return known


def _collect(wrong: list[str], work: Callable[[], Any]) -> Any:
    """Do the work; note what is wrong, and return None for that."""
    try:
        return work()
    except FieldError as error:
        wrong.append(f"{error.option.removeprefix('--').replace('-', '_')}: {error}")
    except InvalidCancellation as error:
        wrong.append(error.message)
    except (ConfigurationError, RowError) as error:
        wrong.append(str(error))
    return None


def _currency(text: str | None) -> str | None:
    if text is not None and not CURRENCY.fullmatch(text):
        raise RowError(f"currency: {text!r} must be a code such as EUR")
    return text


def _amount(text: str | None) -> Decimal | None:
    if text is not None and not AMOUNT.fullmatch(text):
        raise RowError(f"payment_amount: {text!r} must be a number such as 10.00")
    if text is not None and not is_short(text):
        raise RowError(f"payment_amount: must have at most {MAX_DIGITS} digits")
    return None if text is None else Decimal(text)


def _providers() -> str:
    return ", ".join(api.replace("_", "-") for api in known_providers())
