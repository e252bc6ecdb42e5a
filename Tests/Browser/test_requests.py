"""Requests that are strict and take effect once, seen from outside: raw bytes and repeated calls."""
import http.client
import json
import re
import secrets
import socket
import threading
import time
import urllib.parse

import pytest

from api_client import Client, Refused
from site_time import now
from test_api import header

PASSWORD = "a day of training"


@pytest.fixture(scope="module")
def coordinator(server):
    return Client(server, "coordinator-104")


def ask(server, method, path, body=None, headers=None, token=None):
    """One request as written; gives status, headers and bytes."""
    place = urllib.parse.urlparse(server)
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=30)
    sent = {"Content-Type": "application/json"} | ({"Authorization": "Bearer " + token} if token else {})
    connection.request(method, path, body=body, headers=sent | (headers or {}))
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read()


def raw(server, text):
    """The bytes of an answer to bytes as written."""
    place = urllib.parse.urlparse(server)
    with socket.create_connection((place.hostname, place.port), timeout=20) as connection:
        connection.sendall(text.encode("latin-1"))
        received = b""
        while b"\r\n\r\n" not in received:
            piece = connection.recv(65536)
            if not piece:
                break
            received += piece
    return received


def consent(initials):
    return json.dumps({
        "initials": initials, "birth_year": 1966, "sex": "M",
        "consent": dict(header(), icf_ver="1.0", icf_dt=now(), icf_copy="true",
                        who_explained="coordinator-104", opt_recording="true", opt_future="true",
                        opt_remote="true")})


def total(client):
    return client.call("GET", "/participants")["total"]


def test_the_head_of_an_answer_is_asked_for_without_its_body(server, coordinator):
    """RFC 9110, 9.3.2: one connection, whose next answer would begin with a body that nobody waits for."""
    place = urllib.parse.urlparse(server)
    head = {"Host": place.netloc, "Authorization": "Bearer " + coordinator.token}
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    for path in ("/sign-in", "/api/v1/participants", "/assets/style.css", "/nowhere"):
        whole = ask(server, "GET", path, token=coordinator.token)
        with socket.create_connection((place.hostname, place.port), timeout=20) as connection:
            asked = "".join(f"{method} {path} HTTP/1.1\r\n{lines}{last}\r\n"
                            for method, last in (("HEAD", ""), ("GET", "Connection: close\r\n")))
            connection.sendall(asked.encode())
            received = b""
            while piece := connection.recv(65536):
                received += piece
        first, second, body = received.split(b"\r\n\r\n", 2)
        assert first.split(b" ")[1] == str(whole[0]).encode() and second.startswith(b"HTTP/1.1 "), (path, received[:400])
        length = re.search(rb"(?i)content-length: (\d+)", first)
        assert length and len(body) == int(re.search(rb"(?i)content-length: (\d+)", second).group(1))


def test_the_server_answers_on_its_loopback_address_and_on_no_other(server):
    port = urllib.parse.urlparse(server).port
    with socket.create_connection(("127.0.0.1", port), timeout=5):
        pass
    # Every address of 127.0.0.0/8 is of this machine: bound to all addresses, the server would answer there as well.
    for other in ["127.0.0.2", "127.1.2.3"] + own_addresses():
        with pytest.raises(OSError):
            socket.create_connection((other, port), timeout=5).close()


def own_addresses():
    """The addresses by which others reach this machine, where it has any."""
    found = {place[4][0] for place in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    return sorted(address for address in found if not address.startswith("127."))


def test_a_consent_sent_twice_enrols_once_and_is_answered_in_the_same_bytes(server, coordinator):
    before = total(coordinator)
    key = {"Idempotency-Key": secrets.token_hex(16)}
    body = consent("QA")
    first = ask(server, "POST", "/api/v1/participants", body, key, coordinator.token)
    again = ask(server, "POST", "/api/v1/participants", body, key, coordinator.token)
    assert first[0] == again[0] == 201
    assert first[2] == again[2] and first[1]["Content-Type"] == again[1]["Content-Type"]
    assert total(coordinator) == before + 1
    other = ask(server, "POST", "/api/v1/participants", consent("QB"), key, coordinator.token)
    assert other[0] == 422 and json.loads(other[2])["code"] == "request_key_reused"
    assert total(coordinator) == before + 1


def test_eight_at_once_with_one_key_enrol_once(server, coordinator):
    before = total(coordinator)
    key = {"Idempotency-Key": secrets.token_hex(16)}
    body = consent("QC")
    answers = []

    def send():
        answers.append(ask(server, "POST", "/api/v1/participants", body, key, coordinator.token))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done = [answer for answer in answers if answer[0] == 201]
    busy = [answer for answer in answers if answer[0] == 409]
    assert done and len(done) + len(busy) == 8
    assert len({answer[2] for answer in done}) == 1
    assert all(answer[1]["Retry-After"] for answer in busy)
    assert total(coordinator) == before + 1


def test_an_act_without_a_request_key_is_refused(server, coordinator):
    before = total(coordinator)
    for key in ({}, {"Idempotency-Key": "short"}, {"Idempotency-Key": "k" * 65}):
        status, _, body = ask(
            server, "POST", "/api/v1/participants", consent("QD"), key, coordinator.token)
        assert status == 422 and json.loads(body)["faults"][0]["code"] == "bad_request_key"
    assert total(coordinator) == before


def test_every_act_of_the_description_names_its_request_key(server):
    _, _, body = ask(server, "GET", "/api/v1/openapi.json")
    paths = json.loads(body)["paths"]
    keyless = [
        path for path, methods in paths.items() for method, operation in methods.items()
        if method == "post"
        and "Idempotency-Key" not in [one["name"] for one in operation["parameters"]]]
    # Signing in and out, what one signs in with and one's own time zone are no acts of a trial, and a kept
    # reply would be a kept secret; to try a file saves nothing.
    assert sorted(keyless) == [
        "/api/v1/account/letters",
        "/api/v1/account/passkeys", "/api/v1/account/passkeys/challenge",
        "/api/v1/account/passkeys/{number}/name", "/api/v1/account/passkeys/{number}/remove",
        "/api/v1/account/password",
        "/api/v1/account/provider", "/api/v1/account/provider/finish", "/api/v1/account/provider/remove",
        "/api/v1/account/recovery-codes", "/api/v1/account/role", "/api/v1/account/sessions/end",
        "/api/v1/account/zone",
        "/api/v1/imports/try", "/api/v1/instrument-texts/try", "/api/v1/invitations/{token}",
        "/api/v1/sessions", "/api/v1/sessions/code", "/api/v1/sessions/confirm",
        "/api/v1/sessions/end", "/api/v1/sessions/passkey", "/api/v1/sessions/passkey/challenge",
        "/api/v1/sessions/provider", "/api/v1/sessions/provider/finish"]


def test_a_replay_goes_to_nobody_else(server, coordinator):
    key = {"Idempotency-Key": secrets.token_hex(16)}
    body = consent("QE")
    first = ask(server, "POST", "/api/v1/participants", body, key, coordinator.token)
    participant = json.loads(first[2])["participant"]
    for token in (Client(server, "investigator-104").token, "00" * 32, None):
        status, _, answer = ask(server, "POST", "/api/v1/participants", body, key, token)
        assert status in (401, 403, 404) and participant not in answer.decode()


def test_a_refused_request_leaves_its_key_free(server, coordinator):
    key = secrets.token_hex(16)
    wrong = json.loads(consent("Q1"))
    with pytest.raises(Refused) as refused:
        coordinator.call("POST", "/participants", wrong, key=key)
    assert refused.value.status == 422
    assert coordinator.call("POST", "/participants", json.loads(consent("QF")), key=key)["participant"]


class Browser:
    """A person at the pages without a browser: cookies and forms."""

    def __init__(self, server, user):
        self.server = server
        self.cookie = ""
        self.post("/sign-in", {"user": user, "password": PASSWORD})
        # A code works once: one that was used by another sign-in of these seconds is waited out.
        for _ in range(6):
            page = self.get("/sign-in/code")[2]
            code = re.search(r"\b(\d{3}) ?(\d{3})\b", page)
            if self.post("/sign-in/code", {
                    "code": code.group(1) + code.group(2), "_token": self.hidden(page, "_token")})[0] == 303:
                return
            time.sleep(8)
        raise AssertionError(f"{user} could not sign in")

    def get(self, path):
        status, headers, body = ask(self.server, "GET", path, headers={"Cookie": self.cookie})
        return status, headers, body.decode()

    def post(self, path, fields):
        status, headers, body = ask(
            self.server, "POST", path, urllib.parse.urlencode(fields),
            {"Cookie": self.cookie, "Content-Type": "application/x-www-form-urlencoded",
             "Sec-Fetch-Site": "same-origin"})
        if headers["Set-Cookie"]:
            self.cookie = headers["Set-Cookie"].split(";")[0]
        return status, headers, body.decode()

    @staticmethod
    def hidden(page, name):
        found = re.search(rf'<input[^>]*name="{name}"[^>]*value="([^"]*)"', page)
        found = found or re.search(rf'<input[^>]*value="([^"]*)"[^>]*name="{name}"', page)
        return found.group(1)


def test_a_form_sent_twice_enrols_once_and_leads_to_the_same_page(server):
    person = Browser(server, "coordinator-104")
    page = person.get("/participants/new")[2]
    form = page[page.index("<main"):]
    at = now()
    fields = {
        "_token": person.hidden(form, "_token"), "_key": person.hidden(form, "_key"),
        "initials": "QG", "birth_year": "1966", "sex": "M", "icf_ver": "1.0",
        "icf_dt.day": at[8:10], "icf_dt.month": at[5:7], "icf_dt.year": at[:4],
        "icf_dt.time": "00:00", "icf_copy": "Y", "who_explained": "coordinator-104",
        "opt_recording": "Y", "opt_future": "Y", "opt_remote": "Y", "vdate.day": at[8:10],
        "vdate.month": at[5:7], "vdate.year": at[:4], "done": "Y"}
    first = person.post("/participants", fields)
    assert first[0] == 303, re.sub("<[^>]*>", " ", first[2])[:2000]
    again = person.post("/participants", fields)
    assert again[0] == 303 and again[1]["Location"] == first[1]["Location"]
    keyless = person.post("/participants", fields | {"_key": ""})
    assert keyless[0] == 422


def test_a_name_given_twice_or_beyond_the_bounds_is_refused(server, coordinator):
    headers = {"Idempotency-Key": secrets.token_hex(16)}
    deep = '{"consent": ' + '{"a": ' * 40 + "1" + "}" * 41
    many = '{"consent": {' + ",".join(f'"f{number}": "1"' for number in range(10_001)) + "}}"
    long = '{"initials": "' + "A" * 70_000 + '"}'
    for body, words in (
            ('{"initials": "AB", "initials": "CD"}', "twice"),
            ('{"initials": "AB", "\\u0069nitials": "CD"}', "twice"),
            ('{"consent": {"done": "Y", "done": "N"}}', "twice"),
            (deep, "deeper than 32"), (many, "more than 10000 names"), (long, "longer than 65536"),
            ('{"initials": NaN}', "not JSON"), ('{"birth_year": 01966}', "not JSON"),
            ('{"initials": "A\tB"}', "not JSON"), ('{"initials": "\\ud800"}', "not JSON"),
            ('{"initials": "AB"} x', "not JSON"), (b'{"initials": "\xff"}', "not JSON")):
        status, _, answer = ask(
            server, "POST", "/api/v1/participants", body, headers, coordinator.token)
        assert status == 400 and words in json.loads(answer)["sentence"], (body[:60], answer)


def test_another_host_name_is_refused(server):
    for host in ("evil.example", "localhost.evil.example", "localhost:80:80", "", "127.0.0.1.nip.io"):
        for path in ("/sign-in", "/api/v1/health", "/assets/style.css"):
            status = raw(server, f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
            assert re.match(rb"HTTP/1.1 4(21|00) ", status), (host, path, status[:80])
    for host in ("localhost", "LOCALHOST:1234", "127.0.0.1:80"):
        answer = raw(server, f"GET /sign-in HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200 "), host


def test_unknown_methods_are_405_everywhere_and_name_what_is_allowed(server):
    for method in ("TRACE", "PROPFIND", "PURGE"):
        for path in ("/sign-in", "/no/such/page", "/assets/style.css", "/api/v1/health"):
            status, headers, _ = ask(server, method, path)
            assert status == 405 and headers["Allow"], (method, path, status)
    assert ask(server, "BREW", "/sign-in")[0] == 405
    assert ask(server, "DELETE", "/api/v1/participants")[1]["Allow"] == "GET, POST"
    assert ask(server, "POST", "/assets/style.css")[0] == 405


def test_a_head_beyond_the_bounds_is_refused(server):
    many = {f"X-{number}": "1" for number in range(120)}
    assert ask_or_closed(server, "/sign-in", many) == 431
    assert ask_or_closed(server, "/sign-in", {"X-Long": "a" * 20_000}) == 431
    assert ask_or_closed(server, "/sign-in?a=" + "a" * 9000, {}) == 431
    assert ask_or_closed(server, "/sign-in?a=" + "a" * 4000, {"X-Some": "a" * 4000}) == 200


def ask_or_closed(server, path, headers):
    """The status, None when the server closed the connection on it."""
    try:
        return ask(server, "GET", path, headers=headers)[0]
    except (ConnectionError, http.client.HTTPException):
        return None


def sign_in(server, user, password, headers):
    """What a sign-in answers, without the headers of the connection and the number of the request."""
    status, _, body = ask(
        server, "POST", "/api/v1/sessions", json.dumps({"username": user, "password": password}),
        headers)
    return status, re.sub(rb'"request":"[0-9a-f]{16}"', b"", body)


def test_sign_ins_from_one_address_wait_after_five_failures_with_the_same_answer(server):
    """REQ-074: whoever is asked for, and whatever the client writes before the proxy's own word."""
    here = {"X-Forwarded-For": "10.9.8.7, 203.0.113.77"}
    refused = {sign_in(server, f"nobody-{number}", "a guess of mine", here) for number in range(5)}
    assert len(refused) == 1 and {status for status, _ in refused} == {403}
    # The right password of somebody who never failed is answered in the same bytes.
    assert sign_in(server, "investigator-104", PASSWORD, here) in refused
    forged = {"X-Forwarded-For": "198.51.100.1, 203.0.113.77"}
    assert sign_in(server, "investigator-104", PASSWORD, forged) in refused
    assert sign_in(server, "investigator-104", PASSWORD, {"X-Forwarded-For": "203.0.113.78"})[0] == 201


def test_a_request_that_reached_the_proxy_unencrypted_is_refused(server):
    """REQ-068: pages and API alike; over https the same requests pass."""
    for path in ("/sign-in", "/api/v1/health", "/assets/equipoise.css"):
        assert ask(server, "GET", path, headers={"X-Forwarded-Proto": "http"})[0] == 403
        assert ask(server, "GET", path, headers={"X-Forwarded-Proto": "https"})[0] != 403
