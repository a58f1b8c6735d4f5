#!/usr/bin/env python3
"""Framing and smuggling, case by case: each is judged by a sentence of an RFC (framing/rules.py), and
none reaches the origin framed otherwise than it was sent.

The tables of test_http_framing, test_http_origin and test_http2_request belong to the suite: they are
counted here, and run there.
"""
import re
import unittest

import h2_frames as h2
import test_http2_request as other_http2
import test_http_framing as other_requests
import test_http_origin as other_answers
from framing import answers, http2, requests, rules
from http2_support import Http2Test
from http_support import NEXT, HttpTest, RecordingBackend, crlf

LEAST = 150
FRAMES = re.compile(rb"Transfer|Content-Length: (?!2\r?\n\r?\n)")
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"


def refused_requests():
    """(rule, whole message) of every table."""
    yield from ((code, crlf(text)) for code, text in requests.REFUSED)
    yield from ((code, crlf(requests.CHUNKED) + body) for code, body in requests.BYTES)
    for _, code, text in other_requests.BAD_FRAMING:
        yield code, crlf(requests.HEAD + text)
    for _, code, text in other_requests.BAD_HEADS:
        yield code or "bare-cr", crlf(text)
    for data in other_requests.BARE_LF:
        yield "bare-lf", data
    for chunks in other_requests.BAD_CHUNKS:
        yield "chunk-line", crlf(requests.CHUNKED) + chunks


def all_cases():
    """(rule, what identifies the case), of requests, answers and HTTP/2."""
    yield from refused_requests()
    for rule, *case in requests.ACCEPTED:
        yield rule, tuple(case)
    for case in other_requests.GOOD:
        yield {"chunked": "chunks", "length": "one-length", None: "no-body"}[case[2]], tuple(map(str, case))
    yield from answers.UNREADABLE
    yield from answers.BROKEN
    for data in other_answers.UNREADABLE:
        yield "answer-framing" if FRAMES.search(data) else "answer-head", data
    for data in other_answers.BROKEN_BODIES:
        yield "answer-chunks", data
    for rule, fields in http2.MALFORMED:
        yield rule, tuple(fields)
    for fields, code in other_http2.MALFORMED:
        yield rules.HTTP2[code], tuple(fields)


class Suite(unittest.TestCase):
    def test_every_case_has_a_rule_and_there_are_enough(self):
        cases = list(all_cases())
        for rule, case in cases:
            self.assertRegex(rules.RULES[rule][0], r"^RFC \d+ [\dA-Z.]+$", case)
        self.assertEqual(len(cases), len(set(cases)), "a case stands there twice")
        unused = set(rules.RULES) - {rule for rule, _ in cases}
        self.assertEqual(set(), unused, "rules that nothing is judged by")
        self.assertGreaterEqual(len(cases), LEAST)
        print(f"{len(cases)} cases, judged by {len(rules.RULES)} rules")


class Requests(HttpTest):
    def test_each_is_refused_with_its_code_and_hides_nothing(self):
        self.start_proxy()
        new = [(code, crlf(text)) for code, text in requests.REFUSED] + [
            (code, crlf(requests.CHUNKED) + body) for code, body in requests.BYTES]
        for code, data in new:
            with self.subTest(code=code, data=data[-80:]):
                self.assert_refused(data + SMUGGLED, [400, 501, 505], f": {code}\n")
        self.assertEqual([], self.backend.seen("/refused"))
        self.assert_nothing_reached("/smuggled")

    def test_each_that_is_accepted_is_framed_as_it_was_sent(self):
        self.start_proxy()
        for i, (rule, method, text, framing, body) in enumerate(requests.ACCEPTED):
            with self.subTest(rule=rule, text=text):
                client, target = self.open(), f"/accepted/{i}"
                data = crlf(f"{method} {target} HTTP/1.1\nHost: a\n{text}")
                self.assert_gives(self.ask(client, data + NEXT, method), 200)
                seen, = self.backend.seen(target)
                self.assertEqual((method, framing, body, []),
                                 (seen.method, seen.framing, seen.body, seen.trailers))
                self.assertEqual([], seen.all("HTTP2-Settings") + seen.all("Upgrade"))
                if b"close" not in data:
                    self.assert_gives(client.answer(), 200)
        self.assertEqual([], self.backend.seen("/"), "a body became a request")

    def test_no_refused_request_is_complete_at_the_origin(self):
        """All tables at once, two messages a connection: the reader there is strict, and whatever it
        reads to an end is one of the valid requests in between."""
        self.start_proxy()
        for _, data in refused_requests():
            client = self.open()
            client.sock.sendall(NEXT + data + SMUGGLED)
            self.assert_gives(client.answer(), 200)
            with self.subTest(data=data[:200]):
                client.rest()
            client.sock.close()
        self.assertEqual({"/next"}, {r.target for r in self.backend.requests})
        self.assertEqual([], self.backend.errors)


class Answers(HttpTest):
    GET = crlf("GET /x HTTP/1.1\nHost: a\n\n")

    def answer(self, text, client):
        self.backend.answers["/x"] = other_answers.once(crlf(text) + RecordingBackend.OK)
        return self.ask(client, self.GET)

    def test_each_unreadable_one_is_502_and_what_stands_behind_it_is_none(self):
        self.start_proxy()
        client = self.open()
        for rule, text in answers.UNREADABLE:
            with self.subTest(rule=rule, text=text):
                self.assert_bad_gateway(self.answer(text, client), 502, "http_protocol_error")
                self.assert_next_works(client)

    def test_each_broken_body_has_no_end(self):
        self.start_proxy()
        for rule, text in answers.BROKEN:
            with self.subTest(rule=rule, text=text):
                client = self.open()
                with self.assertRaises(EOFError):
                    self.answer(answers.CHUNKED + "\n" + text, client)
                self.assertNotIn(b"0\r\n\r\n", client.raw)
                client.sock.close()


class Http2(Http2Test):
    def test_each_is_refused_and_nothing_reaches_the_origin(self):
        self.start_proxy()
        client = self.open()
        for rule, fields in http2.MALFORMED:
            with self.subTest(rule=rule, fields=fields):
                answer = client.finish(client.open(fields))
                if answer.reset is not None:
                    self.assertEqual(h2.PROTOCOL_ERROR, answer.reset, answer)
                else:
                    self.assertIn(answer.status, (400, 501), answer)
        self.assert_next_works(client)
        self.assertEqual(["/next"], [r.target for r in self.backend.requests])
        self.assert_nothing_reached("/smuggled")


if __name__ == "__main__":
    unittest.main()
