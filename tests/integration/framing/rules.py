"""By what each framing case is judged: the code of its refusal leads to a sentence of an RFC, in our
words. Cases that are accepted, and those of answers and of HTTP/2, name theirs directly."""

# code or name: (where it stands, what it says)
RULES = {
    # heads of requests
    "request-line": ("RFC 9112 3", "a request line is method, target and version with one blank "
                     "between them; what is not may be refused with 400, and mending it is unsafe"),
    "http-version": ("RFC 9110 15.6.6", "505 is for a major or minor version that is not served"),
    "method": ("RFC 9110 9.1", "a method is a token, and tokens have a closed set of characters"),
    "method-not-implemented": ("RFC 9110 9.1", "501 answers a method that is not known or not served"),
    "method-not-allowed": ("RFC 9110 9.1", "405 answers a method that is known and not allowed"),
    "target": ("RFC 9112 3.2", "a target that is none of the four forms is refused with 400, never "
               "corrected, since a correction could pass a filter in front"),
    "empty-lines": ("RFC 9112 2.2", "one empty line before a request line is ignored for old clients; "
                    "nothing asks for more"),
    "bare-lf": ("RFC 9112 2.2", "lines end in CRLF; a reader may take LF alone, so two readers differ"),
    "bare-cr": ("RFC 9112 2.2", "a CR that is not part of a line end makes an element invalid"),
    "field-folded": ("RFC 9112 5.2", "a line that goes on in the next one is refused with 400, or "
                     "joined; some readers do neither"),
    "field-without-colon": ("RFC 9112 5", "a field line has a name, a colon and a value"),
    "field-name": ("RFC 9112 5.1", "nothing stands between name and colon, and a request that has "
                   "something there is refused with 400; a name is a token"),
    "field-name-underscore": ("RFC 3875 4.1.18", "gateways to programs turn - into _, so that two "
                              "names become one; we refuse what could pose as another"),
    "field-value": ("RFC 9110 5.5", "CR, LF and NUL in a value are dangerous: the message is refused, "
                    "or each becomes a blank"),
    "host-missing": ("RFC 9112 3.2", "HTTP/1.1 without Host is answered with 400"),
    "host-repeated": ("RFC 9112 3.2", "so is more than one Host"),
    "host": ("RFC 9112 3.2", "and a Host whose value is no host with an optional port"),
    "host-differs": ("RFC 9112 3.2.2", "with absolute form the target's authority counts and Host is "
                     "ignored; readers that take Host differ, so both must agree"),
    "expectation": ("RFC 9110 10.1.1", "417 may answer an expectation that cannot be met"),
    # framing of requests
    "framing-conflict": ("RFC 9112 6.1", "Content-Length beside Transfer-Encoding is what smuggling "
                         "and splitting look like, and should be handled as an error"),
    "transfer-encoding": ("RFC 9112 6.3", "when chunked is not the final coding of a request its length "
                          "cannot be told: 400 and the end of the connection"),
    "transfer-coding-unknown": ("RFC 9112 6.1", "501 answers a coding that is not understood"),
    "transfer-encoding-http10": ("RFC 9112 6.1", "Transfer-Encoding in HTTP/1.0 is faulty framing"),
    "content-length-repeated": ("RFC 9110 8.6", "repeated lengths may be refused even when equal"),
    "content-length": ("RFC 9112 6.3", "a length is decimal digits; another is an unrecoverable error "
                       "answered with 400, and so is one that overflows"),
    "parser-disagrees": ("RFC 9112 11.2", "smuggling lives from two readers of one message; two of our "
                         "own must agree, even where the grammar would let it pass"),
    "chunk-line": ("RFC 9112 7.1", "a chunk begins with a size in hex digits, then extensions, then "
                   "CRLF; sizes must be guarded against overflow"),
    "chunk-end": ("RFC 9112 7.1", "CRLF follows the data of a chunk"),
    "one-length": ("RFC 9112 6.2", "a length frames a body as many octets as it says"),
    "chunks": ("RFC 9112 7.1", "a chunked body ends with the chunk of size zero and its trailers"),
    "no-body": ("RFC 9112 6.3", "a request with neither has no body"),
    "hop-by-hop": ("RFC 9110 7.6.1", "Connection names fields for one hop; framing is made anew for "
                   "the next, so a name in it changes nothing there"),
    "trailer-fields": ("RFC 9110 6.5.1", "fields that frame, route or authenticate do not belong into "
                       "trailers and are not to be merged"),
    "upgrade": ("RFC 9110 7.8", "an Upgrade that is not followed may be ignored"),
    # answers
    "answer-head": ("RFC 9112 4", "a status line is version, three digits and a phrase; an answer that "
                    "cannot be read is not relayed (RFC 9110 15.6.3: 502)"),
    "answer-framing": ("RFC 9112 6.3", "a proxy that gets a bad length or both framings answers 502, and "
                       "closes that connection"),
    "answer-chunks": ("RFC 9112 8", "an answer that breaks off, or has a bad chunk, is incomplete, and "
                      "its reader must be able to tell"),
    # HTTP/2
    "h2-name": ("RFC 9113 8.2.1", "names are lower case without controls, blanks or colons"),
    "h2-value": ("RFC 9113 8.2.1", "values hold no NUL, CR or LF and no blank at an end"),
    "h2-connection": ("RFC 9113 8.2.2", "fields of a connection make a message malformed"),
    "h2-pseudo": ("RFC 9113 8.3", "pseudo-fields are known, once each, and come first"),
    "h2-target": ("RFC 9113 8.3.1", ":path begins with / and is what a request line could hold"),
    "h2-host": ("RFC 9113 8.3.1", ":authority and Host name one host"),
    "h2-method": ("RFC 9113 8.5", "methods mean what they mean in HTTP/1.1"),
    "h2-length": ("RFC 9113 8.1.1", "Content-Length is the sum of DATA, else the request is malformed"),
}

# What the tables of HTTP/2 call it.
HTTP2 = {
    "field-name": "h2-name", "field-name-underscore": "field-name-underscore",
    "field-value": "h2-value", "connection-field": "h2-connection", "pseudo-field": "h2-pseudo",
    "target": "h2-target", "scheme": "h2-pseudo", "host": "h2-host", "host-differs": "h2-host",
    "host-repeated": "h2-host", "host-missing": "h2-host", "method": "h2-method",
    "method-not-implemented": "h2-method", "method-not-allowed": "h2-method",
    "body-truncated": "h2-length", "content-length": "h2-length",
    "content-length-repeated": "h2-length", "expectation": "expectation",
}
