"""Implementation of the fault proxy: server, HTTP messages, and the effect of each fault."""
