"""Shows the constructors of attrs classes in the API reference.

Griffe reads the source and runs none of it. It knows the constructors of dataclasses, but not those
that attrs builds. This extension adds them from the annotated attributes.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any, Final

from griffe import (
    Attribute,
    Class,
    Expr,
    ExprCall,
    ExprKeyword,
    Extension,
    Function,
    Parameter,
    ParameterKind,
    Parameters,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

DECORATORS: Final = {"attrs.frozen", "attrs.define"}


class AttrsSignatures(Extension):
    """Adds `__init__` to each attrs class that has none of its own."""

    def on_class(self, *, cls: Class, **_agents: Any) -> None:
        """Build the parameters in the order in which attrs takes them."""
        if _arguments_of_attrs(cls) is None or "__init__" in cls.members:
            return
        found: dict[str, Parameter] = {}
        for kind in (*reversed(cls.mro()), cls):
            found |= {each.name: each for each in _parameters(kind)}
        ordered = sorted(found.values(), key=lambda each: each.kind is ParameterKind.keyword_only)
        this = Parameter("self", kind=ParameterKind.positional_or_keyword)
        init = Function("__init__", parent=cls, parameters=Parameters(this, *ordered))
        cls.set_member("__init__", init)


def _arguments_of_attrs(cls: Class) -> dict[str, str | Expr] | None:
    """The arguments of the decorator; None for any other class."""
    for decorator in cls.decorators:
        if decorator.callable_path in DECORATORS:
            return _keywords(decorator.value)
    return None


def _keywords(call: str | Expr | None) -> dict[str, str | Expr]:
    if not isinstance(call, ExprCall):
        return {}
    return {each.name: each.value for each in call.arguments if isinstance(each, ExprKeyword)}


def _parameters(cls: Class) -> Iterator[Parameter]:
    arguments = _arguments_of_attrs(cls)
    if arguments is None:
        return
    for member in cls.members.values():
        if not isinstance(member, Attribute) or not _is_field(member):
            continue
        settings = _field_settings(member)
        if str(settings.get("init")) == "False":
            continue
        is_keyword = "True" in {str(arguments.get("kw_only")), str(settings.get("kw_only"))}
        name = ast.literal_eval(str(settings.get("alias", repr(member.name.lstrip("_")))))
        yield Parameter(
            name,
            annotation=member.annotation,
            kind=ParameterKind.keyword_only if is_keyword else ParameterKind.positional_or_keyword,
            default=_default(member, settings),
            docstring=member.docstring,
        )


def _is_field(member: Attribute) -> bool:
    """Annotated in the class, and neither a property nor a class variable."""
    if member.annotation is None or "property" in member.labels:
        return False
    return "class-attribute" not in member.labels or "instance-attribute" in member.labels


def _field_settings(member: Attribute) -> dict[str, str | Expr]:
    value = member.value
    if isinstance(value, ExprCall) and value.canonical_path in {"attrs.field", "attr.field"}:
        return _keywords(value)
    return {}


def _default(member: Attribute, settings: dict[str, str | Expr]) -> str | Expr | None:
    if "factory" in settings:
        # `dict[str, Any]` makes `{}`; a class of this package makes `Class()`.
        return f"{str(settings['factory']).partition('[')[0]}()"
    if settings or _is_call_of_field(member):
        return settings.get("default")
    return member.value


def _is_call_of_field(member: Attribute) -> bool:
    return isinstance(member.value, ExprCall) and member.value.canonical_path.endswith(".field")
