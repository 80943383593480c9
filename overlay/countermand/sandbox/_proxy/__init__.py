"""sandbox._proxy."""
