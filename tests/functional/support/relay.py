# SPDX-License-Identifier: MIT
"""A way to the daemon that counts its connections and can be slow."""

import socket
import threading
import time


class Relay:
    """Listens on a free port, or the one given, and passes bytes both ways, from the server at most `rate` a second; 0 = as fast as they come."""

    def __init__(self, port, rate=0, listen=0):
        self.target, self.rate = port, rate
        self.connections = 0
        self.asked = []          # the first piece of each connection: a client's first head
        self._listener = socket.create_server(('127.0.0.1', listen))
        self.port = self._listener.getsockname()[1]
        self._open = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            server = socket.create_connection(('127.0.0.1', self.target))
            self._open += [client, server]
            threading.Thread(target=self._pass, args=(client, server, False), daemon=True).start()
            threading.Thread(target=self._pass, args=(server, client, True), daemon=True).start()

    def _pass(self, source, sink, slowly):
        first = True
        try:
            while True:
                piece = source.recv(max(self.rate // 50, 1) if slowly and self.rate else 65536)
                if not piece:
                    break
                if not slowly and first:
                    self.asked.append(piece)
                first = False
                sink.sendall(piece)
                if slowly and self.rate:
                    time.sleep(len(piece) / self.rate)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        try:
            self._listener.shutdown(socket.SHUT_RDWR)     # or the thread that accepts would hold the port
        except OSError:
            pass
        self._listener.close()
        for end in self._open:
            end.close()
