# Generated from specs/pace-pay.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.problem_links import ProblemLinks
    from ..models.problem_meta import ProblemMeta
    from ..models.problem_source import ProblemSource


T = TypeVar("T", bound="Problem")


@_attrs_define
class Problem:
    """One problem of a JSON:API error document.

    Attributes:
        id (str | Unset): Unique to this occurrence of the problem. It is the request's id, so quote it to
            PACE's support.
        links (ProblemLinks | Unset): Where to read more. Shown in the provider's examples only.
        status (str | Unset): The HTTP status that fits this problem, as a string.
        code (str | Unset): PACE's code of the problem, an open set. `missing-linked-identity` is the one that the
            cancel's page names. For payments in general later references also name `1000` generic,
            `1001` temporarily unavailable, `1002` above the authorised amount, `1003` implicit
            payment methods cannot be modified, `1004` and `provider:payment-method-rejected`,
            `provider:authorization-denied` and `rule:product-denied`.
        title (str | Unset): A short summary that stays the same from one occurrence to the next, except for
            translation.
        detail (str | Unset): What happened in this occurrence; may be translated.
        source (ProblemSource | Unset): Which part of the request caused the problem.
        meta (ProblemMeta | Unset): Anything else the server says about the problem; free-form.
    """

    id: str | Unset = UNSET
    links: ProblemLinks | Unset = UNSET
    status: str | Unset = UNSET
    code: str | Unset = UNSET
    title: str | Unset = UNSET
    detail: str | Unset = UNSET
    source: ProblemSource | Unset = UNSET
    meta: ProblemMeta | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        links: dict[str, Any] | Unset = UNSET
        if not isinstance(self.links, Unset):
            links = self.links.to_dict()

        status = self.status

        code = self.code

        title = self.title

        detail = self.detail

        source: dict[str, Any] | Unset = UNSET
        if not isinstance(self.source, Unset):
            source = self.source.to_dict()

        meta: dict[str, Any] | Unset = UNSET
        if not isinstance(self.meta, Unset):
            meta = self.meta.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if id is not UNSET:
            field_dict["id"] = id
        if links is not UNSET:
            field_dict["links"] = links
        if status is not UNSET:
            field_dict["status"] = status
        if code is not UNSET:
            field_dict["code"] = code
        if title is not UNSET:
            field_dict["title"] = title
        if detail is not UNSET:
            field_dict["detail"] = detail
        if source is not UNSET:
            field_dict["source"] = source
        if meta is not UNSET:
            field_dict["meta"] = meta

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.problem_links import ProblemLinks  # noqa: PLC0415
        from ..models.problem_meta import ProblemMeta  # noqa: PLC0415
        from ..models.problem_source import ProblemSource  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id", UNSET)

        _links = d.pop("links", UNSET)
        links: ProblemLinks | Unset
        if _links is None or isinstance(_links, Unset):
            links = UNSET
        else:
            links = ProblemLinks.from_dict({**_links})

        status = d.pop("status", UNSET)

        code = d.pop("code", UNSET)

        title = d.pop("title", UNSET)

        detail = d.pop("detail", UNSET)

        _source = d.pop("source", UNSET)
        source: ProblemSource | Unset
        if _source is None or isinstance(_source, Unset):
            source = UNSET
        else:
            source = ProblemSource.from_dict({**_source})

        _meta = d.pop("meta", UNSET)
        meta: ProblemMeta | Unset
        if _meta is None or isinstance(_meta, Unset):
            meta = UNSET
        else:
            meta = ProblemMeta.from_dict({**_meta})

        problem = cls(
            id=id,
            links=links,
            status=status,
            code=code,
            title=title,
            detail=detail,
            source=source,
            meta=meta,
        )

        problem.additional_properties = d
        return problem

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
