"""Rules about the bodies that an operation takes and gives."""

from collections import Counter

from tests.specs.reading import Operation


def bodies_are_references(operation: Operation) -> list[str]:
    """A body's schema has a name, so that generated types have one too."""
    return [
        f"{where} ({media_type}) has an inline schema; name it in components and refer to it"
        for where, media_type, media in operation.contents
        if set(media.get("schema", {})) != {"$ref"}
    ]


def bodies_have_examples(operation: Operation) -> list[str]:
    """Every body shows at least one example, by name."""
    return [
        f"{where} ({media_type}) has no examples; add one by name under examples"
        for where, media_type, media in operation.contents
        if not media.get("examples")
    ]


def body_examples_are_valid(operation: Operation) -> list[str]:
    """What a reader copies works."""
    return [
        f"example {name} of {where} is not valid, {wrong}; correct the example or the schema"
        for where, _, media in operation.contents
        for name, example in media.get("examples", {}).items()
        for wrong in operation.spec.violations(
            media["schema"], operation.spec.resolved(example)["value"]
        )
    ]


def media_types_are_lower_case(operation: Operation) -> list[str]:
    """Media types compare equal without thought."""
    return [
        f"media type {media_type} of {where} is not lower-case; write {media_type.lower()}"
        for where, media_type, _ in operation.contents
        if media_type != media_type.lower()
    ]


def request_encodings_have_their_own_schema(operation: Operation) -> list[str]:
    """The type of a body says how it is encoded; clients send the wrong form otherwise."""
    used = Counter(str(m.get("schema", {}).get("$ref")) for m in operation.request_content.values())
    return [
        f"{reference} serves several request media types; give each one a schema of its own"
        for reference, count in used.items()
        if count > 1
    ]


BODY_RULES = (
    bodies_are_references,
    bodies_have_examples,
    body_examples_are_valid,
    media_types_are_lower_case,
    request_encodings_have_their_own_schema,
)
