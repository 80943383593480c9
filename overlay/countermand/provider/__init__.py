"""What a provider module is made of."""

__all__: list[str] = []
