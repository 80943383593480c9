"""A terminal session with the command line, recorded: `nox -s recording`."""
