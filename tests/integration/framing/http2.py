"""Requests over HTTP/2 that would be framed differently once they are lines of HTTP/1.1, beside those
of test_http2_request.py. None reaches the origin."""
from http2_support import request

BAD = "/bad"

# (rule, fields)
MALFORMED = [
    # more than one line in one name or value
    *[("h2-value", request(BAD, "POST", (name, value))) for name, value in (
        ("x", "y\r\ntransfer-encoding: chunked"), ("x", "y\r\n\r\nGET /smuggled HTTP/1.1"), ("x", "y\rz"),
        ("x", "\ny"), ("content-length", "0\r\nx: y"), ("cookie", "a\r\nb: c"), ("x", "\x00"))],
    *[("h2-name", request(BAD, "POST", (name, "x"))) for name in (
        "x\r\ntransfer-encoding: chunked\r\ny", "x: y\r\nz", "x\n", "transfer-encoding\x00", "x\x7f",
        "Content-Length", "Transfer-Encoding", "content-length ", " content-length", "(x)")],
    *[("h2-target", request(path)) for path in (
        "/bad HTTP/1.1\r\nHost: b\r\n\r\nGET /smuggled", "/bad\r\nx: y", "/bad\nx", "/bad\tx", "/bad\x00", "/bad\x7f",
        "//\r\n", "https://localhost/bad")],
    *[("h2-method", request(BAD, method)) for method in (
        "GET /smuggled HTTP/1.1\r\nx: y\r\n\r\nGET", "GET\r\n", " GET", "GET ", "GET\x00", "")],
    *[("h2-host", request(BAD, authority=host)) for host in (
        "localhost\r\nx: y", "localhost\r\n\r\nGET /smuggled HTTP/1.1", "localhost\x00", "localhost ",
        "localhost:80:80")],
    *[("h2-pseudo", request(BAD, scheme=scheme)) for scheme in (
        "https://localhost/smuggled?", "https\r\n", "", "HTTPS ")],
    # fields that frame a message of HTTP/1.1
    *[("h2-connection", request(BAD, "POST", field)) for field in (
        ("transfer-encoding", "identity"), ("transfer-encoding", ""), ("connection", "transfer-encoding"),
        ("connection", "content-length"), ("upgrade", "websocket"), ("proxy-connection", "keep-alive"),
        ("te", "chunked"))],
    *[("h2-length", request(BAD, "POST", ("content-length", value))) for value in (
        "5", "+0", "0x0", "0,0", "", " ", "18446744073709551616", "1e1", "0;")],
    ("h2-length", request(BAD, "POST", ("content-length", "0"), ("content-length", "5"))),
    ("field-name-underscore", request(BAD, "POST", ("content_length", "5"))),
    ("field-name-underscore", request(BAD, "POST", ("transfer_encoding", "chunked"))),
]
