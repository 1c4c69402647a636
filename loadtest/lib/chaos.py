"""Peers that misbehave: an upstream that kills, stalls, half-closes and lies, clients that leave at any byte."""
import random
import socket
import struct
import threading
import time

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 40\r\nX-Kind: chaos\r\n\r\n" + b"chaos " * 6 + b"done"
REQUEST = (b"POST /chaos/%d HTTP/1.1\r\nHost: chaos.test\r\nContent-Length: 30\r\nX-Long: " + b"y" * 200 + b"\r\n\r\n" + b"z" * 30)


def reset(s):
    """Closes with RST instead of FIN."""
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    s.close()


class Chaos:
    """One upstream and a few clients, until close. Counts what the clients saw."""

    def __init__(self, upstream_port, proxy_port, clients=4, seed=1):
        self.random = random.Random(seed)
        self.proxy_port, self.ended = proxy_port, threading.Event()
        self.tried = self.answered = self.garbled = 0
        self.server = socket.create_server(("127.0.0.1", upstream_port), backlog=128, reuse_port=False)
        self.server.settimeout(0.2)
        self.threads = [threading.Thread(target=self.serve, daemon=True)]
        self.threads += [threading.Thread(target=self.client, args=(random.Random(seed + i),), daemon=True) for i in range(1, clients + 1)]
        for t in self.threads:
            t.start()

    def serve(self):
        while not self.ended.is_set():
            try:
                s, _ = self.server.accept()
            except socket.timeout:
                continue
            except OSError:
                return
            threading.Thread(target=self.misbehave, args=(s, self.random.random()), daemon=True).start()

    def misbehave(self, s, dice):
        s.settimeout(5)
        try:
            if dice < 0.1:
                return reset(s)  # at once
            s.recv(65536)
            if dice < 0.2:
                return reset(s)  # after the request
            if dice < 0.3:
                s.sendall(ANSWER[: int(dice * 1e6) % len(ANSWER)])  # half an answer, then FIN
                return s.close()
            if dice < 0.4:
                s.sendall(b"\x00\x01garbage\r\n\r\n" * 20)
                return s.close()
            if dice < 0.5:
                s.sendall(ANSWER[:20])
                self.ended.wait(3)  # stalls in the middle
                return reset(s)
            if dice < 0.6:
                s.shutdown(socket.SHUT_WR)  # half-closes without an answer
                self.ended.wait(1)
                return s.close()
            for byte in ANSWER if dice < 0.7 else [ANSWER]:
                s.sendall(bytes([byte]) if isinstance(byte, int) else byte)
            s.close()
        except OSError:
            s.close()  # the proxy gave up first

    def client(self, dice):
        while not self.ended.is_set():
            self.tried += 1
            try:
                with socket.create_connection(("127.0.0.1", self.proxy_port), 5) as s:
                    s.settimeout(10)
                    request = REQUEST % self.tried
                    if dice.random() < 0.4:
                        s.sendall(request[: dice.randrange(len(request))])
                        if dice.random() < 0.5:
                            reset(s)
                        continue
                    s.sendall(request)
                    if dice.random() < 0.3:
                        reset(s)
                        continue
                    data = s.recv(65536)
                    if data.startswith(b"HTTP/1.1 "):
                        self.answered += 1
                    elif data:
                        self.garbled += 1
            except OSError:
                pass  # refused, reset or timed out: any of them may happen here
            time.sleep(dice.random() * 0.01)

    def close(self):
        self.ended.set()
        self.server.close()
        for t in self.threads:
            t.join(15)
