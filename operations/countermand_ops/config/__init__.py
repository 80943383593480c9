"""The configuration of those who operate countermand: accounts, policy, ledger.

It comes from a file, `countermand.toml`, and from environment variables, which take precedence:

    [ledger]
    url = "postgresql://countermand@db.example/payments"

    [policy]
    deadline = 20

    [accounts.unzer]
    private_key = "s-priv-..."

`COUNTERMAND_UNZER_PRIVATE_KEY` is the same as `private_key` of `[accounts.unzer]`.
docs/command-line.md lists everything.
"""

from countermand_ops.config._configuration import Configuration
from countermand_ops.config._errors import ConfigurationError
from countermand_ops.config._loading import load

__all__ = ["Configuration", "ConfigurationError", "load"]

for _public in (Configuration, ConfigurationError, load):
    # Representations and pickles name the public module.
    _public.__module__ = __name__
