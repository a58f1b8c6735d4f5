"""The platform's own gateway as apps see it (dstack-gateway): a relay that looks at the server name of
the first TLS record and nothing else.

Names: `<app id>[-<port>][s].<base>`; `s` passes TLS through, without it TLS ends here with a
certificate of the relay's own. Other names are custom domains, passed through to what a TXT record
says. The name is taken as it is spelled; it must stand in the first 4096 bytes, in one record.
"""
import socket
import ssl
import struct
import threading

HELLO_MAX = 4096
SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"


def server_name(hello):
    """The server name of a first record; None when there is none or it is not complete."""
    record = hello[5:5 + struct.unpack(">H", hello[3:5])[0]]
    at = 4 + 2 + 32
    at += 1 + record[at]
    at += 2 + struct.unpack_from(">H", record, at)[0]
    at += 1 + record[at] + 2
    while at + 4 <= len(record):
        kind, size = struct.unpack_from(">HH", record, at)
        if kind == 0:
            return record[at + 9:at + 4 + size].decode("ascii")
        at += 4 + size
    return None


def proxy_v2(client, server):
    """A PROXY protocol header, version 2, for a connection over IPv4."""
    return (SIGNATURE + b"\x21\x11\x00\x0c" + socket.inet_aton(client[0]) +
            socket.inet_aton(server[0]) + struct.pack(">HH", client[1], server[1]))


class DstackRelay:
    """apps: {(app id, port): port on loopback}; txt: {custom domain: (app id, port)};
    pp: ports of apps that asked for the PROXY protocol; context: where TLS ends here."""

    def __init__(self, test, base, apps, txt=None, pp=(), context=None):
        self.base, self.apps, self.txt, self.pp, self.context = base, apps, txt or {}, pp, context
        self.dropped = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        test.addCleanup(self.close)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _route(self, name):
        """(app id, port, whether TLS is passed through)"""
        first, _, rest = name.partition(".")
        if rest != self.base:
            app, port = self.txt[name]
            return app, port, True
        app, _, port = first.partition("-")
        passes = port.endswith("s")
        return app, int(port.rstrip("s") or (443 if passes else 80)), passes

    def _serve(self, client):
        try:
            with client:
                hello = client.recv(HELLO_MAX, socket.MSG_PEEK)
                while len(hello) < 5 + struct.unpack(">H", hello[3:5])[0]:
                    if len(hello) == HELLO_MAX:
                        raise LookupError("the hello is too long")
                    hello = client.recv(HELLO_MAX, socket.MSG_PEEK)
                app, port, passes = self._route(server_name(hello))
                with socket.create_connection(("127.0.0.1", self.apps[app, port])) as server:
                    if port in self.pp:
                        server.sendall(proxy_v2(client.getpeername(), server.getpeername()))
                    if not passes:
                        client = self.context.wrap_socket(client, server_side=True)
                    self._relay(client, server)
        except (OSError, LookupError, TypeError, ValueError, struct.error):
            self.dropped += 1

    @staticmethod
    def _relay(client, server):
        def pump(source, sink):
            try:
                while data := source.recv(65536):
                    sink.sendall(data)
                sink.shutdown(socket.SHUT_WR)
            except (OSError, ssl.SSLError):
                for s in (source, sink):
                    s.close()
        up = threading.Thread(target=pump, args=(client, server), daemon=True)
        up.start()
        pump(server, client)
        up.join()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
