"""Compares every specification with itself at a git revision, and says which version is due."""
