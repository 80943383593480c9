"""The matrix: what code generators make of each edition of each specification."""
