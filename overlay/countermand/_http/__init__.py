"""HTTP: one exchange with a provider, on one connection that carries nothing else.

The half without I/O: `request_bytes` writes a request, `exchange` knows what to send next and reads
the answer, with `answer`, `codings`, `tls` and `clocks`. Two shells move the bytes: `blocking` and
`asynchronous`; `addresses` looks hosts up for them. `callers` and `proxies` are the only modules
that import httpx and httpcore, and are imported only where there is a transport of the caller's or
a proxy; `trace` tells them how far a request got. `transport` chooses.
Nothing here retries, follows redirects or keeps cookies: `_core` decides whether to send again.
"""
