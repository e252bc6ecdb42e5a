"""What every answer carries and what no request gets past, seen from outside (Docs/Validation/asvs.tsv)."""
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.parse

import pytest

from api_client import Client
from conftest import BINARY, address_of
from test_requests import PASSWORD, Browser, ask

# The same on every answer, whatever is asked (Docs/Security.md).
ALWAYS = {
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
DIRECTIVES = {
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'",
    "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'", "object-src 'none'",
    "require-trusted-types-for 'script'"}


@pytest.fixture(scope="module")
def coordinator(server):
    return Client(server, "coordinator-104")


def answers(server, token):
    """Answers of every sort: pages, files, API, refusals, redirects."""
    for method, path, body, with_token in (
            ("GET", "/sign-in", None, False), ("GET", "/", None, False), ("GET", "/no/such/page", None, False),
            ("GET", "/assets/app.js", None, False), ("GET", "/assets/style.css", None, False),
            ("GET", "/health", None, False), ("GET", "/api/v1/health", None, False),
            ("GET", "/api/v1/openapi.json", None, False), ("GET", "/api/v1/participants", None, False),
            ("GET", "/api/v1/participants", None, True), ("GET", "/api/v1/no-such", None, True),
            ("POST", "/api/v1/sessions", "{", False), ("POST", "/sign-in", "user=a", False),
            ("TRACE", "/sign-in", None, False), ("OPTIONS", "/api/v1/participants", None, False),
            ("GET", "/participants", None, True)):
        yield (method, path), ask(server, method, path, body, token=token if with_token else None)


def test_every_answer_carries_the_headers_that_bind_a_browser(server, coordinator):
    for asked, (status, headers, body) in answers(server, coordinator.token):
        for name, value in ALWAYS.items():
            assert headers.get_all(name) == [value], (asked, status, name, headers.get_all(name))
        policy = headers.get_all("Content-Security-Policy")
        assert len(policy) == 1 and set(policy[0].split("; ")) == DIRECTIVES, asked
        # Nobody else's page reads an answer, and no answer tells what it was made with.
        assert headers["Access-Control-Allow-Origin"] is None, asked
        for name in ("Server", "X-Powered-By", "Via"):
            assert headers[name] is None, (asked, name)
        assert not re.search(rb"(?i)hummingbird|swiftnio|postgresql \d", body), asked


def test_an_answer_says_what_it_is_with_its_characters(server, coordinator):
    for asked, (status, headers, body) in answers(server, coordinator.token):
        kind = headers["Content-Type"]
        if not body:
            continue
        if kind == "application/json":
            json.loads(body.decode("utf-8"))
        else:
            assert kind in ("text/html; charset=utf-8", "text/css; charset=utf-8",
                            "text/javascript; charset=utf-8"), (asked, kind)
            body.decode("utf-8")
        assert headers.get_all("Content-Length") == [str(len(body))], asked


def test_files_are_handed_over_as_files_under_a_name_of_the_server(server):
    investigator = Client(server, "investigator-104")
    evil = "%22%0d%0aX-Bad:%201%0d%0a"
    for path, kind in (("/audit/file.csv", "text/csv; charset=utf-8"), ("/audit/file.jsonl", "application/jsonl")):
        for query in ("", f"?name={evil}&filename={evil}&item={evil}", "?participant=..%2f..%2fetc%2fpasswd"):
            status, headers, body = ask(server, "GET", path + query, token=investigator.token)
            assert status == 200 and headers["Content-Type"] == kind, (path, query, status)
            assert re.fullmatch(r'attachment; filename="[\w.-]+"', headers["Content-Disposition"]), query
            assert headers["X-Bad"] is None and "passwd" not in headers["Content-Disposition"]
            body.decode("utf-8")
    status, headers, _ = ask(server, "GET", "/audit/file.csv?for=spreadsheet", token=investigator.token)
    assert status == 200 and headers["Content-Disposition"].endswith('-spreadsheet.csv"')
    assert ask(server, "GET", "/audit/file.csv?for=others", token=investigator.token)[0] == 422


def test_the_session_cookie_is_bound_to_this_server_and_hidden_from_scripts(server):
    person = Browser(server, "monitor-101")
    status, headers, _ = ask(
        server, "POST", "/sign-in", f"user=monitor-101&password={PASSWORD.replace(' ', '+')}",
        {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"})
    cookies = headers.get_all("Set-Cookie")
    assert status == 303 and len(cookies) == 1
    name, *attributes = [part.strip() for part in cookies[0].split(";")]
    assert re.fullmatch(r"__Host-eq=[0-9a-f]{64}", name)
    assert set(attributes) >= {"Path=/", "Secure", "HttpOnly", "SameSite=Strict"}
    assert not [one for one in attributes if one.startswith("Domain")]
    assert len(cookies[0]) < 4096
    # The token stands in no page and in no address.
    token = person.cookie.split("=")[1]
    for path in ("/account", "/sections"):
        status, headers, page = person.get(path)
        assert status == 200 and token not in page and token not in str(headers)


def test_signing_in_gives_a_new_session_and_ends_the_one_before(server):
    person = Browser(server, "treat-coordinator-104")
    before = person.cookie
    assert person.get("/account")[0] == 200
    person.post("/sign-in", {"user": "treat-coordinator-104", "password": PASSWORD})
    waiting = person.cookie
    assert waiting != before
    # The session of before is over, and the new one waits for its code.
    for cookie in (before, waiting):
        person.cookie = cookie
        assert person.get("/account")[0] == 303


def test_signing_out_ends_the_session_and_clears_what_the_browser_keeps(server):
    person = Browser(server, "investigator-104")
    page = person.get("/account")[2]
    kept = person.cookie
    status, headers, _ = person.post("/sign-out", {"_token": person.hidden(page, "_token")})
    assert status == 303 and headers["Clear-Site-Data"] == '"storage"'
    assert "Max-Age=0" in headers["Set-Cookie"] and headers["Set-Cookie"].startswith("__Host-eq=;")
    person.cookie = kept
    assert person.get("/account")[0] == 303


def test_another_session_of_ones_own_is_ended_with_the_password(server):
    first = Browser(server, "statistician")
    time.sleep(31)
    second = Browser(server, "statistician")
    assert first.get("/account")[0] == 200
    page = second.get("/account")[2]
    token = second.hidden(page, "_token")
    codes = re.findall(r'<input[^>]*name="session"[^>]*value="([0-9a-f]{4})"', page)
    assert codes
    for fields, words in (({}, "Choose the session"), ({"session": codes[0], "proof": "wrong"}, "password")):
        status, _, answer = second.post("/account/sessions/end", {"_token": token} | fields)
        assert status in (403, 422) and words in answer
        assert "wrong" not in re.sub("<[^>]*>", "", answer) or words == "password"
    assert first.get("/account")[0] == 200
    for code in codes:
        status, headers, _ = second.post(
            "/account/sessions/end", {"_token": token, "session": code, "proof": PASSWORD})
        assert status == 303
    assert first.get("/account")[0] == 303 and second.get("/account")[0] == 200


def everything(server, text):
    """All bytes that come back until the server closes the connection, which it does at once."""
    place = urllib.parse.urlparse(server)
    received = b""
    with socket.create_connection((place.hostname, place.port), timeout=20) as connection:
        connection.sendall(text.encode("latin-1"))
        try:
            while piece := connection.recv(65536):
                received += piece
        except ConnectionResetError:
            pass
    return received


@pytest.mark.parametrize("head", [
    "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
    "Content-Length: 5\r\nContent-Length: 6\r\n",
    "Content-Length: +5\r\n", "Content-Length: 5, 6\r\n", "Content-Length: -1\r\n",
    "Transfer-Encoding: chunked, identity\r\n", "Transfer-Encoding: xchunked\r\n",
    "Transfer-Encoding : chunked\r\n", "X-A: b\r\n folded: c\r\n", "X-A: b\0c\r\n", "X A: b\r\n",
])
def test_a_request_whose_end_is_in_doubt_is_refused_and_the_connection_closed(server, head):
    """Nothing after it is taken for a second request."""
    smuggled = "GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n"
    answer = everything(server, "POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n"
                        + head + "\r\n0\r\n\r\n" + smuggled)
    assert answer == b"" or re.match(rb"HTTP/1.1 4(00|13) ", answer), answer[:200]
    assert answer.count(b"HTTP/1.1 ") <= 1 and b'"status"' not in answer
    # The same two requests without the doubt are two.
    plain = everything(server, "POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n"
                       "Content-Length: 5\r\n\r\n0\r\n\r\n" + smuggled.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"))
    assert plain.count(b"HTTP/1.1 ") == 2 and b'"status"' in plain


def test_no_file_of_the_machine_and_no_list_of_files_is_served(server):
    for path in ("/.git/config", "/.git/HEAD", "/.env", "/assets/", "/assets", "/assets/../../etc/passwd",
                 "/assets/%2e%2e/%2e%2e/etc/passwd", "/assets/..%2f..%2fetc%2fpasswd", "/Package.swift",
                 "/assets/app.js.map", "/assets/app.js~", "/server-status", "/metrics", "/debug", "/key",
                 "/etc/passwd", "//etc/passwd", "/account/style.css", "/api/v1/participants/app.js"):
        status, headers, body = ask(server, "GET", path)
        assert status in (303, 401, 404), (path, status)
        assert headers["Content-Type"] in ("text/html; charset=utf-8", "application/json", "text/plain"), path
        assert b"root:" not in body and b"[core]" not in body


def test_a_redirect_stays_on_this_server(server):
    for path in ("/", "/?next=https://evil.example/", "/account?return=//evil.example", "/participants?to=//e.example"):
        status, headers, _ = ask(server, "GET", path)
        place, _, query = headers["Location"].partition("?")
        assert status == 303 and place == "/sign-in", (path, headers["Location"])
        assert query in ("", "to=%2faccount", "to=%2fparticipants"), (path, query)
    person = Browser(server, "monitor-101")
    for note in ("https://evil.example", "<script>alert(1)</script>"):
        page = person.get("/account?note=" + note)[2]
        assert note not in page


def test_reading_changes_nothing_and_no_method_is_put_in_the_place_of_another(server, coordinator):
    headers = {"X-HTTP-Method-Override": "POST", "X-Method-Override": "POST", "X-HTTP-Method": "DELETE"}
    for path in ("/sign-out", "/role", "/account/password", "/api/v1/sessions/end"):
        assert ask(server, "GET", path + "?_method=POST", headers=headers, token=coordinator.token)[0] == 405
    assert ask(server, "GET", "/api/v1/me", token=coordinator.token)[0] == 200
    # No answer is a script that another page could load.
    status, headers, body = ask(server, "GET", "/api/v1/me?callback=steal", token=coordinator.token)
    assert headers["Content-Type"] == "application/json" and not body.startswith(b"steal")


def test_a_body_member_that_a_route_does_not_name_is_refused(server, coordinator):
    key = {"Idempotency-Key": secrets.token_hex(16)}
    for body in ({"username": "a", "password": "b", "role": "access_admin"},
                 {"username": 1, "password": "b"}, {"username": ["a"], "password": "b"}):
        status, _, answer = ask(server, "POST", "/api/v1/sessions", json.dumps(body))
        assert status == 400 and json.loads(answer)["code"] == "bad_request", body
    status, _, _ = ask(server, "POST", "/api/v1/participants/104-0001/randomize",
                       json.dumps({"arm": "KET"}), key, coordinator.token)
    assert status == 400


def test_a_name_given_twice_in_an_address_or_form_counts_once(server):
    person = Browser(server, "coordinator-104")
    first = person.get("/participants?key=104&key=%27%20or%201=1")
    assert first[0] == 200 and first[2].count("or 1=1") == 0
    status, _, _ = ask(
        server, "POST", "/sign-in", "user=monitor-101&user=coordinator-104&password=wrong",
        {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"})
    assert status in (400, 422)


def test_the_server_is_put_on_no_address_of_a_network():
    """REQ-068: without TLS it answers this machine only, and says so."""
    for host in ("0.0.0.0", "192.0.2.1", "::", "example.org"):
        told = subprocess.run(
            [BINARY, "serve", "--host", host], capture_output=True, text=True, timeout=60,
            env=dict(os.environ, HOME="/nonexistent"))
        assert told.returncode == 64 and "--host takes a loopback address" in told.stderr, host


def test_without_training_nothing_of_it_is_there(server):
    """The page of its sign-ins, the shown code and the known password belong to a training server alone."""
    assert "coordinator-101" in ask(server, "GET", "/training")[2].decode()
    folder = tempfile.mkdtemp(prefix="eq-")
    os.chmod(folder, 0o711)
    with open(os.path.join(folder, "serve.log"), "w+") as log:
        live = subprocess.Popen([BINARY, "serve", "--state", os.path.join(folder, "s"), "--port", "0"],
                                stdout=log, stderr=log)
        try:
            address = address_of(live, log)
            status, _, body = ask(address, "GET", "/training")
            absent = ask(address, "GET", "/no/such/page")

            def unnumbered(page):
                """A refusal but for the number that is drawn for each request."""
                assert re.search(rb"request is (?:<[^>]*>)*[0-9a-f]{16}", page)
                return re.sub(rb"[0-9a-f]{16}", b"", page)

            assert (status, unnumbered(body)) == (absent[0], unnumbered(absent[2])) and status == 404
            page = ask(address, "GET", "/sign-in")[2].decode()
            assert "training" not in page.lower()
            for user in ("coordinator-101", "admin", "root", "equipoise"):
                assert ask(address, "POST", "/api/v1/sessions", json.dumps(
                    {"username": user, "password": PASSWORD}))[0] == 403
        finally:
            live.send_signal(signal.SIGTERM)
            live.wait(timeout=60)
            shutil.rmtree(folder, ignore_errors=True)


def test_password_boxes_are_masked_and_filled_by_managers(server):
    person = Browser(server, "data-manager")
    pages = [ask(server, "GET", "/sign-in")[2].decode()] + [
        person.get(path)[2] for path in ("/account", "/account/passkeys/new")]
    boxes = [box for page in pages for box in re.findall(r"<input[^>]*>", page)
             if re.search(r'name="(password|old|new|repeated|proof)"', box)]
    assert len(boxes) >= 5
    for box in boxes:
        assert 'type="password"' in box, box
        assert re.search(r'autocomplete="(current|new)-password"', box), box
        assert "maxlength" not in box and "pattern" not in box and "value" not in box, box
    # Nothing listens to what is pasted.
    assert "paste" not in ask(server, "GET", "/assets/app.js")[2].decode()


def test_every_page_of_a_person_offers_to_sign_out(server):
    person = Browser(server, "data-manager-u")
    for path in ("/", "/account", "/sections", "/participants", "/no/such/page", "/account/passkeys/new"):
        status, _, page = person.get(path)
        if status == 200:
            assert re.search(r'<form[^>]*action="/sign-out"', page), path
