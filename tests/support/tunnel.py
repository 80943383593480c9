"""A CONNECT proxy as one action of a raw server's script."""

import contextlib
import socket
import threading

from tests.support.rawserver import TEST_TIMEOUT, Action, Conversation


def tunnel(port: int) -> Action:
    """Take a CONNECT, and pass bytes to and from a loopback port, whatever host was asked for."""

    def act(conversation: Conversation) -> None:
        conversation.read()
        conversation.socket.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        connect(conversation, port)

    return act


def connect(conversation: Conversation, port: int) -> None:
    """Pass bytes to and from a loopback port."""
    with socket.create_connection(("127.0.0.1", port), TEST_TIMEOUT) as far:
        back = threading.Thread(target=_pass_on, args=(far, conversation.socket), daemon=True)
        back.start()
        _pass_on(conversation.socket, far)
        back.join(TEST_TIMEOUT)


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    """Pass bytes on until one side ends, then end both: a tunnel has no half."""
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
