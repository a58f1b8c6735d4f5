"""Plays a service manager: who may speak, whom it follows (NotifyAccess, MAINPID of sd_notify(3))."""
import queue
import socket
import struct
import threading

import devproof_testing as dt


class Manager:
    """words: what was accepted, in order; heard: (sender, words) of every message."""

    def __init__(self, test, path, access):
        self.access, self.main, self.words, self.heard = access, None, [], []
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        test.addCleanup(self.close)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self.sock.bind(path)
        self.messages = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()

    def close(self):
        self.sock.shutdown(socket.SHUT_RDWR)  # the thread wakes up
        self.sock.close()

    def read(self):
        """From the start: the socket holds few that nobody reads, and others would be lost."""
        while True:
            try:
                data, ancillary, _, _ = self.sock.recvmsg(4096, socket.CMSG_SPACE(12))
            except OSError:
                return
            sender = struct.unpack("=iII", ancillary[0][2])[0]
            self.messages.put((sender, data.decode().split("\n")))

    def hear(self):
        """One message. Returns: its sender and words."""
        sender, words = self.messages.get(timeout=dt.DEADLINE_S)
        self.heard.append((sender, words))
        if self.access == "main" and sender != self.main:
            return sender, words
        for word in words:
            if word.startswith("MAINPID="):
                self.main = int(word.removeprefix("MAINPID="))
        self.words += words
        return sender, words

    def wait_state(self, word):
        while word not in self.words:
            self.hear()

    def wait_main(self, condition):
        while not condition(self.main):
            self.hear()
