"""sandbox._demo."""
