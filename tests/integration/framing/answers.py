"""Answers of an origin that two readers could frame differently, beside those of
test_http_origin.py: each is 502, and the client's connection goes on."""

CHUNKED = "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n"

# (rule, text with plain line ends)
UNREADABLE = [
    *[("answer-framing", f"HTTP/1.1 200 OK\n{fields}\n\n0\n\n") for fields in
      ("Transfer-Encoding : chunked", "Transfer-Encoding\t: chunked", "X: y\n Transfer-Encoding: chunked",
       "Transfer-Encoding: chunked\nContent-Length: 0", "Content-Length: 5\nTransfer-Encoding: Chunked",
       "Transfer-Encoding: chunked\nTransfer-Encoding: identity", "Transfer-Encoding: ,chunked",
       "Transfer-Encoding: chunked,", "Transfer-Encoding: xchunked", "Transfer-Encoding: chunked;q=1",
       "Transfer-Encoding: \x00chunked", "Transfer-\x00Encoding: chunked", "X: y\rTransfer-Encoding: chunked",
       "Transfer-Encoding: identity", "Transfer-Encoding: chunked, identity")],
    *[("answer-framing", f"HTTP/1.1 200 OK\nContent-Length: {v}\n\nok") for v in
      ("+2", "2 2", "0x2", "2;", "2, 3", "", "2\x00", "18446744073709551618", "1e1", "two", "-0", "2_0")],
    ("answer-framing", "HTTP/1.1 200 OK\nContent-Length : 2\n\nok"),
    ("answer-framing", "HTTP/1.1 200 OK\nContent-Length: 2\nContent-Length: 2\n\nok"),
    *[("answer-head", f"{line}\nContent-Length: 2\n\nok") for line in
      ("HTTP/1.1 2xx OK", "HTTP/1.1 +200 OK", "HTTP/1.1\t200 OK", "HTTP/1.1 200\tOK", "HTTP/1.10 200 OK",
       "HTTP/11 200 OK", " HTTP/1.1 200 OK", "HTTP/1.1 200 O\x7fK", "GET / HTTP/1.1", "HTTP/0.9 200 OK")],
]

# Bodies behind a good chunked head: what the client gets has no end.
BROKEN = [("answer-chunks", text) for text in (
    "2\nabc\n0\n\n", "-2\nab\n0\n\n", " 2\nab\n0\n\n", "2,\nab\n0\n\n", "2\nab\r\r0\n\n", "2;\x00\nab\n0\n\n",
    "ffffffffffffffffff\nab", "2\nab\n0\nX : y\n\n", "2\nab\n0\nX: y\n z\n\n", "2\nab\n0\nX: \x00\n\n")]
