"""The runtime: performs what the core asks for, with clocks, threads, key stores and transports."""
