"""sandbox._state."""
