"""State of the simulators: payments, tokens, received requests and executions."""
