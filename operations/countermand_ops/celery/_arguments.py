"""The arguments of the task `cancel`: what a caller gives, and what is sent to the queue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from attrs import frozen

from countermand import InvalidCancellation
from countermand._runtime.arguments import validate_user
from countermand._values import kind_of
from countermand.provider import BaseCancellation, load_provider
from countermand.provider._fields import validate_key
from countermand_ops._fields import FieldError, field_options
from countermand_ops._providers import known_providers

if TYPE_CHECKING:
    from countermand_ops._fields import FieldOption


@frozen
class Order:
    """A cancel that was ordered.

    Attributes:
        cancellation: What to cancel.
        key: The idempotency key.
        user: The caller's name for the user.
        account: The account's name in the configuration; None for the only one.
    """

    cancellation: BaseCancellation
    key: str
    user: str | None
    account: str | None

    def to_message(self) -> dict[str, Any]:
        """The arguments of the task as JSON values."""
        return {
            "provider": self.cancellation.api,
            "cancellation": self.cancellation.to_dict(),
            "key": self.key,
            "user": self.user,
            "account": self.account,
        }


def to_order(
    provider: str,
    cancellation: object,
    key: str,
    user: str | None = None,
    *,
    account: str | None = None,
) -> Order:
    """Make an order of the arguments of `cancel`.

    Args:
        provider: The provider's name, such as `pace_pay` or `pace-pay`.
        cancellation: A `Cancellation`; or its fields by name, each as value or as text, such as
            `{"payment_id": "s-pay-1", "amount": "10.00"}`, or as `BaseCancellation.to_dict`.
        key: The idempotency key.
        user: The caller's name for the user, or None.
        account: The account's name in the configuration, or None.

    Raises:
        InvalidCancellation: one of them is wrong; nothing was sent.
        ProviderError: the provider's registration is broken.
    """
    kind = load_provider(_to_api(provider)).cancellation
    validate_key(key)
    validate_user(user)
    if account is not None and not isinstance(cast("object", account), str):
        raise InvalidCancellation(f"account must be a str, not {kind_of(account)}")
    return Order(_to_cancellation(kind, cancellation), key, user, account)


def _to_api(provider: object) -> str:
    known = known_providers()
    api = provider.replace("-", "_") if isinstance(provider, str) else None
    if api not in known:
        raise InvalidCancellation(f"provider must be one of {', '.join(known)}, not {provider!r}")
    return api


def _to_cancellation(kind: type[BaseCancellation], given: object) -> BaseCancellation:
    if isinstance(given, BaseCancellation):
        # It may be one of another provider, which `from_dict` refuses.
        given = given.to_dict()
    if not isinstance(given, Mapping):
        raise InvalidCancellation(
            f"cancellation must be a dict of the fields of {kind.__module__}.Cancellation, "
            f"not {kind_of(given)}"
        )
    values = dict(cast("Mapping[str, object]", given))
    api = values.pop("api", kind.api)
    fields = {each.name: each for each in field_options(kind, ())}
    _require_fields(kind, fields, values)
    try:
        typed = {name: _to_value(fields[name], value) for name, value in values.items()}
    except FieldError as wrong:
        raise InvalidCancellation(f"cancellation: {wrong}") from None
    return kind.from_dict({"api": api, **typed})


def _to_value(field: FieldOption, value: object) -> object:
    """A text becomes a value of the field; JSON values stay what they are."""
    if not isinstance(value, str):
        return value
    try:
        return field.parse(value)
    except FieldError as wrong:
        raise FieldError(f"{field.name}: {wrong}", wrong.option) from None


def _require_fields(
    kind: type[BaseCancellation],
    fields: Mapping[str, FieldOption],
    values: Mapping[str, object],
) -> None:
    unknown = sorted(str(name) for name in values.keys() - fields.keys())
    missing = [name for name, field in fields.items() if field.required and name not in values]
    if unknown or missing:
        wrong = f"has no field {unknown[0]!r}" if unknown else f"needs {missing[0]!r}"
        raise InvalidCancellation(
            f"a cancellation of {kind.api} {wrong}; its fields are {', '.join(fields)}"
        )
