"""Requests that two readers could frame differently, beside those of test_http_framing.py.

Each is written with plain line ends, where "\\n" is CRLF; BYTES are as they stand.
"""
HEAD = "POST /refused HTTP/1.1\nHost: a\n"
CHUNKED = HEAD + "Transfer-Encoding: chunked\n\n"

# (code, text)
REFUSED = [
    # the name of a framing field, hidden from one reader
    *[("field-name", HEAD + f"{name}: chunked\n\n0\n\n") for name in
      ("Transfer-Encoding ", "Transfer-Encoding\t", "Transfer-Encoding\x0b", "Transfer-\x00Encoding",
       "Transfer-Encoding\xa0", "Transfer Encoding", "Transfer-Encoding\x7f", "\x0cTransfer-Encoding")],
    *[("field-name", HEAD + f"{name}: 2\n\nab") for name in
      ("Content-Length ", "Content-Length\t", "Content-Length\x00", "Content\x0bLength",
       "\"Content-Length\"", "Content-Length\x08")],
    *[("field-name-underscore", HEAD + f"{field}\n\n0\n\n") for field in
      ("Content-Length: 0\nContent_Length: 5", "Transfer-Encoding: chunked\ntransfer_encoding: x",
       "_Transfer-Encoding: chunked", "X_Transfer-Encoding: chunked")],
    # a line that goes on, or seems to
    *[("field-folded", HEAD + f"{text}\n\n0\n\n") for text in
      ("X: y\n Transfer-Encoding: chunked", "X: y\n\tTransfer-Encoding: chunked",
       "Transfer-Encoding:\n chunked", "Transfer-Encoding: chunked\n , identity",
       "Content-Length: 1\n 0", "Content-Length:\n\t0")],
    *[("field-value", HEAD + f"{text}\n\n0\n\n") for text in
      ("X: y\rTransfer-Encoding: chunked", "X: y\r\rTransfer-Encoding: chunked",
       "Transfer-Encoding: chunked\r", "Transfer-Encoding: \x00chunked", "Content-Length: 0\x00",
       "Content-Length: \x0b0", "X: \x00\x00", "Transfer-Encoding: chun\x00ked")],
    ("field-without-colon", HEAD + "Transfer-Encoding chunked\n\n0\n\n"),
    ("field-without-colon", HEAD + "chunked\n\n0\n\n"),
    # the value of one
    *[("transfer-encoding", HEAD + f"Transfer-Encoding: {v}\n\n0\n\n") for v in
      (",chunked", "chunked,", "chunked ,", "chunked\t,chunked", "chunked gzip", "chun ked", "'chunked'",
       "chunked;", "chunked; a", "chunkedx", "cow", "chunked/1", "chunked\xa0", "\xefchunked")],
    *[("content-length", HEAD + f"Content-Length: {v}\n\nab") for v in
      ("2;", "2;q=1", "1e1", "2_0", "0b10", "0o2", "2h", "\xb2", "2\xa0", "\"2\"", "2-", "2 ,", "1/2", "2%30",
       "18446744073709551618", "4294967298x", "-0", "+0", " +2", "\uff12".encode().decode("latin-1"))],
    *[("content-length-repeated", HEAD + f"{fields}\n\nab") for fields in
      ("content-length: 2\nCONTENT-LENGTH: 2", "Content-Length: 2\nX: y\nContent-Length: 0",
       "Content-Length: 0\nContent-Length: 00", "Content-Length: 2\n" * 3 + "X: y")],
    *[("framing-conflict", HEAD + f"{fields}\n\n0\n\n") for fields in
      ("Transfer-Encoding: chunked\nContent-Length: 0", "transfer-encoding: CHUNKED\nContent-Length: 5",
       "Connection: content-length\nContent-Length: 5\nTransfer-Encoding: chunked",
       "Connection: transfer-encoding\nContent-Length: 5\nTransfer-Encoding: chunked")],
    ("transfer-encoding-http10", "POST /refused HTTP/1.0\nConnection: keep-alive\n"
     "Transfer-Encoding: chunked\n\n0\n\n"),
    # blanks at the end would be legal; llhttp takes one of these forms and not the others
    ("parser-disagrees", HEAD + "Transfer-Encoding: chunked \t\n\n0\n\n"),
    ("parser-disagrees", HEAD + "Content-Length: 2\t\n\nab"),
    # the request line
    *[("request-line", f"{line}\nHost: a\n\n") for line in
      ("GET\x0b/refused HTTP/1.1", "GET\xa0/refused HTTP/1.1", "GET /refused\tHTTP/1.1",
       "GET /refused HTTP/1.1\t", "GET /refused HTTP/1.1 HTTP/1.1", "GET /refused HTTP/1.1x",
       "GET /refused HTTP/+1.1", "GET /refused HTTP/1.", "GET /refused HTTP/.1",
       "GET /refused HTTP/1.1\x00", "HTTP/1.1 200 OK")],
    ("target", "GET /refused\x00 HTTP/1.1\nHost: a\n\n"),
    ("method", "\tGET /refused HTTP/1.1\nHost: a\n\n"),
    # chunks
    *[("chunk-line", CHUNKED + text) for text in
      ("2;\x00\nab\n0\n\n", "-0\n\n", "0x0\n\n", "+0\n\n", "2,\nab\n0\n\n", "2.0\nab\n0\n\n",
       "2\x00\nab\n0\n\n", "\uff12\nab\n0\n\n".encode().decode("latin-1"), "10000000000000002\nab\n0\n\n",
       "0 0\n\n", "\n2\nab\n0\n\n")],
    *[("chunk-end", CHUNKED + text) for text in
      ("2\nabXX0\n\n", "2\nab\r\r0\n\n", "2\nabcd\n0\n\n", "3\nab\n0\n\n", "2\nab \n0\n\n")],
]

# (code, bytes)
BYTES = [
    ("chunk-line", b"2;\nab\r\n0\r\n\r\n"), ("chunk-line", b"2;a=b\nab\r\n0\r\n\r\n"),
    ("chunk-line", b"2\r\r\nab\r\n0\r\n\r\n"), ("chunk-line", b"2;a\r;b\r\nab\r\n0\r\n\r\n"),
    ("chunk-end", b"2\r\nab\n\r0\r\n\r\n"), ("chunk-end", b"2\r\nab\r\r\n0\r\n\r\n"),
    ("chunk-end", b"2\r\nab\n0\r\n\r\n"),
]

# (rule, method, text after the first line and Host, framing that the origin sees, body it sees)
ACCEPTED = [
    ("hop-by-hop", "POST", "Connection: content-length\nContent-Length: 2\n\nab", "length", b"ab"),
    ("hop-by-hop", "POST", "Connection: close, transfer-encoding\nTransfer-Encoding: chunked\n\n2\nab\n0\n\n",
     "chunked", b"ab"),
    ("hop-by-hop", "GET", "Connection: keep-alive, host, content-length\n\n", None, b""),
    ("chunks", "POST", "Transfer-Encoding: chunked \n\n2\nab\n0\n\n", "chunked", b"ab"),
    ("chunks", "POST", "Transfer-Encoding: chunked\n\n2;\nab\n0\n\n", "chunked", b"ab"),
    ("chunks", "POST", "Transfer-Encoding: chunked\n\n2;a = b\nab\n0;x=y\n\n", "chunked", b"ab"),
    ("chunks", "POST", "Transfer-Encoding: chunked\n\n2;a=\"b\\\"c\"\nab\n0\n\n", "chunked", b"ab"),
    ("chunks", "POST", "Transfer-Encoding: chunked\n\n1\na\n1\n0\n0\n\n", "chunked", b"a0"),
    ("chunks", "POST", "Transfer-Encoding: chunked\n\n5\n0\n\n\n0\n\n", "chunked", b"0\r\n\r\n"),
    ("one-length", "GET", "Content-Length: 27\n\nGET / HTTP/1.1\nHost: b\n\n", "length",
     b"GET / HTTP/1.1\r\nHost: b\r\n\r\n"),
    ("one-length", "POST", "Content-Length: 5\n\n0\n\n", "length", b"0\r\n\r\n"),
    ("one-length", "PUT", "Content-Length: 0002\n\nab", "length", b"ab"),
    ("upgrade", "OPTIONS", "Content-Length: 3\nUpgrade: websocket\nConnection: upgrade\n\nabc", "length",
     b"abc"),
    ("upgrade", "POST", "Content-Length: 3\nUpgrade: h2c\nHTTP2-Settings: AAMAAABk\nConnection: upgrade, "
     "http2-settings\n\nabc", "length", b"abc"),
    ("no-body", "GET", "TE: trailers, chunked;q=1\n\n", None, b""),
    ("no-body", "DELETE", "X-Transfer-Encoding: chunked\nX-Content-Length: 5\n\n", None, b""),
    ("trailer-fields", "POST", "Transfer-Encoding: chunked\n\n1\na\n0\nContent-Length: 5\n"
     "Transfer-Encoding: chunked\n\n", "chunked", b"a"),
]
