"""An authority of the tests' own, for servers and clients."""

import ssl

import trustme

AUTHORITY = trustme.CA()


def server_context(name: str = "127.0.0.1") -> ssl.SSLContext:
    """A server's context with a certificate for a name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert(name).configure_cert(context)
    return context


def trusting() -> ssl.SSLContext:
    """A client's context that trusts the authority and no other."""
    context = ssl.create_default_context()
    AUTHORITY.configure_trust(context)
    return context
