# Generated from specs/pace-fueling.yaml by datamodel-code-generator 0.89.0. Do not edit; run: nox -s generate

from __future__ import annotations

from typing import Annotated

from pydantic import MISSING, BaseModel, Field, RootModel, StrictStr


class PlainRefusal(RootModel[StrictStr]):
    root: Annotated[
        StrictStr,
        Field(
            description="What the authentication layer in front of the API says, as plain text. It speaks of the\ncaller and never of the transaction.\n",
            examples=["Unauthorized"],
        ),
    ]


class ProblemLinks(BaseModel):
    """
    Where to read more. Shown in the provider's examples only.
    """

    about: Annotated[
        StrictStr | MISSING,
        Field(description="Leads to more about this occurrence of the problem."),
    ] = MISSING


class ProblemSource(BaseModel):
    """
    Which part of the request caused the problem.
    """

    pointer: Annotated[
        StrictStr | MISSING,
        Field(
            description="JSON Pointer (RFC 6901) into the request document, for example `/data` or\n`/data/attributes/title`.\n"
        ),
    ] = MISSING
    parameter: Annotated[
        StrictStr | MISSING,
        Field(
            description="The parameter that caused the problem. The text says a query parameter; servers built\nwith PACE's framework also name path parameters here.\n"
        ),
    ] = MISSING


class ProblemMeta(BaseModel):
    """
    Anything else the server says about the problem; free-form.
    """


class Problem(BaseModel):
    """
    One problem of a JSON:API error document.
    """

    id: Annotated[
        StrictStr | MISSING,
        Field(
            description="Unique to this occurrence of the problem. It is the request's id, so quote it to\nPACE's support.\n"
        ),
    ] = MISSING
    links: ProblemLinks | MISSING = MISSING
    status: Annotated[
        StrictStr | MISSING,
        Field(description="The HTTP status that fits this problem, as a string."),
    ] = MISSING
    code: Annotated[
        StrictStr | MISSING,
        Field(
            description="PACE's code of the problem, an open set. `missing-linked-identity` is the one that the\ncancel's page names. For payments in general later references also name `1000` generic,\n`1001` temporarily unavailable, `1002` above the authorised amount, `1003` implicit\npayment methods cannot be modified, `1004` and `provider:payment-method-rejected`,\n`provider:authorization-denied` and `rule:product-denied`.\n"
        ),
    ] = MISSING
    title: Annotated[
        StrictStr | MISSING,
        Field(
            description="A short summary that stays the same from one occurrence to the next, except for\ntranslation.\n"
        ),
    ] = MISSING
    detail: Annotated[
        StrictStr | MISSING,
        Field(description="What happened in this occurrence; may be translated."),
    ] = MISSING
    source: ProblemSource | MISSING = MISSING
    meta: ProblemMeta | MISSING = MISSING


class ErrorDocument(BaseModel):
    """
    A JSON:API error document. No member is promised.
    """

    errors: Annotated[
        list[Problem] | MISSING, Field(description="What went wrong, one entry per problem.")
    ] = MISSING
