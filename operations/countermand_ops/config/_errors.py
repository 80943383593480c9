"""The one error of the configuration."""

from __future__ import annotations


class ConfigurationError(ValueError):
    """The configuration is invalid, incomplete or readable by others; nothing was sent.

    The message names the file and the line, or the environment variable, and the right form. It
    holds no value, which may be a secret.
    """
