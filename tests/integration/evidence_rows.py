"""Requests for the evidence endpoints, the same over every version of HTTP."""

NONCE = "ab" * 32

# Method, path below the well-known prefix, status, code.
ROWS = [
    ("GET", "binding?x=1", 400, "bad-query"),
    ("GET", f"binding?nonce={NONCE}&assurance=quote", 400, "bad-query"),
    ("GET", f"binding?nonce={NONCE}&nonce={NONCE}", 400, "bad-query"),
    ("GET", "binding?nonce=xy", 400, "bad-nonce"),
    ("GET", "session", 400, "bad-nonce"),
    ("GET", "session?nonce=" + NONCE[:-1], 400, "bad-nonce"),
    ("GET", "session?nonce=" + NONCE + "0", 400, "bad-nonce"),
    ("GET", "session?nonce=" + NONCE.upper(), 400, "bad-nonce"),
    ("GET", "session?nonce=%61" + NONCE[1:], 400, "bad-nonce"),
    ("GET", f"session?nonce={NONCE}&nonce={NONCE}", 400, "bad-query"),
    ("GET", f"session?nonce={NONCE}&x=1", 400, "bad-query"),
    ("GET", f"session?nonce={NONCE}&", 400, "bad-query"),
    ("GET", f"session?&nonce={NONCE}", 400, "bad-query"),
    ("GET", f"session?nonce={NONCE}&assurance=none", 400, "bad-query"),
    ("GET", f"session?nonce={NONCE}&assurance=Quote", 400, "bad-query"),
    ("GET", f"session?nonce={NONCE}&assurance=quote&assurance=quote", 400, "bad-query"),
    ("GET", "session?assurance=quote", 400, "bad-nonce"),
    ("POST", f"session?nonce={NONCE}&assurance=quote", 405, "method-not-allowed"),
    ("GET", "session?nonce", 400, "bad-query"),
    ("GET", "config?x=1", 400, "bad-query"),
    ("GET", "", 404, "not-found"),
    ("GET", "other", 404, "not-found"),
    ("GET", "binding/", 404, "not-found"),
    ("GET", "tunnel", 404, "not-found"),
    ("POST", "other", 404, "not-found"),
    ("POST", "binding", 405, "method-not-allowed"),
    ("DELETE", "session?nonce=" + NONCE, 405, "method-not-allowed"),
    ("PUT", "config", 405, "method-not-allowed"),
]

# Spellings that some reader takes for an endpoint: never forwarded.
SPELLINGS = [
    "/.well-known/devproof%2fbinding", "/.well-known%2Fdevproof/binding",
    "/.well-known/devproof;x/binding", "/.well-known;x/devproof/binding",
    "//.well-known/devproof/binding", "/.well-known//devproof/binding",
    "/.well-known/devproof//binding", "/.WELL-known/devproof/binding",
    "/.well-known/Devproof/binding", "/.well-known\\devproof\\binding",
    "/.well-known/devproof%5cbinding", "/%252ewell-known/devproof/binding",
]

# Spellings that every reader takes for one.
SAME = ["/.well-known/devproof/b%69nding", "/a/../.well-known/devproof/binding",
        "/.well-known/./devproof/binding"]

METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "PROPFIND", "MKCOL", "LOCK"]
