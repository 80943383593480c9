"""Tools for those who operate countermand: command line, bulk, queue, telemetry."""
