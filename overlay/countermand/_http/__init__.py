"""HTTP: one exchange with a provider. The only package that imports httpx and httpcore.

`transport` sends one request and reads the whole reply, blocking or with asyncio. `sockets` applies
the deadline to each socket operation.
Nothing here retries, follows redirects or keeps cookies: `_core` decides whether to send again.
"""
