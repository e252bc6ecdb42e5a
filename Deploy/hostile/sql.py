"""sqlmap on the sign-in and on what searches and lists.

Usage: sql.py [--full]
Signed in as who may search: each parameter of a query, of a path and of the bodies of the sign-in is tried
with what sqlmap knows against PostgreSQL (errors, truths, stacked statements, UNION, time). Finds nothing, or
fails. First, an address that is known to be broken is tried, and must be found.
"""

import argparse
import concurrent.futures
import contextlib
import http.server
import re
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

from grounds import ROOT, Grounds

NOTHING = "all tested parameters do not appear to be injectable"
# What only appears to be injectable sqlmap tries again, and takes back as a false positive where an answer
# differed by itself, such as by the minute it shows.
FOUND = re.compile(r"identified the following injection point|is vulnerable")
# What is asked: who asks, address with a star behind what is tried in a path, body.
SHORT = [
    (None, "/api/v1/sessions", '{"username":"coordinator-101*","password":"a"}'),
    ("coordinator-101", "/participants?key=101-0001&state=screening&after=101-0001", None),
    ("data-manager",
     "/audit?class=open&from=2026-01-01&through=2026-12-31&page=1&participant=101-0001&user=coordinator-101"
     "&question=late", None),
]
FULL = SHORT + [
    ("coordinator-101", "/api/v1/participants?after=101-0001", None),
    ("data-manager", "/queries?show=open", None),
    (None, "/sign-in", "user=coordinator-101&password=a"),
    (None, "/sign-in?user=coordinator-101&note=ended", None),
    (None, "/api/v1/questionnaires/abcdefabcdef*", '{"answers":{}}'),
    ("coordinator-101", "/api/v1/participants/101-0001*", None),
    ("coordinator-101", "/participants/101-0001/forms/DM*/SCR?on=2026-01-01&number=1", None),
    ("coordinator-101", "/deviations/new?participant=101-0001", None),
    ("data-manager", "/api/v1/queries/1*", None),
    ("data-manager", "/api/v1/audit", None),
    ("access-admin", "/accounts/at?day=2026-01-01", None),
    ("access-admin", "/api/v1/roles-at/2026-01-01*", None),
    ("statistician", "/planning?experimental=0.5&comparator=0.45&margin=-0.1", None),
    ("safety-officer", "/api/v1/serious-events/101-0001*/SAE/UNS/1/clocks/sae_triage/start?at=2026-01-01T00:00:00Z",
     None),
]


def headers(body, token):
    asked = {"Sec-Fetch-Site": "same-origin"}
    if token:
        asked["Authorization"] = f"Bearer {token}"
    if body and body.startswith("{"):
        asked["Content-Type"] = "application/json"
        # A refused request leaves its key free for the next.
        asked["Idempotency-Key"] = "a-request-key-of-sqlmap"
    return asked


def is_reached(url, body, token):
    """Whether the request as it stands gets to what it asks: a page, or a judgement of a password or link."""
    request = urllib.request.Request(
        url.replace("*", ""), data=body.replace("*", "").encode() if body else None,
        headers=headers(body, token))
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status == 200 and (token is not None or "/sign-in" in url)
    except urllib.error.HTTPError as refused:
        told = refused.read().decode(errors="replace")
        # The page of the sign-in says so with 422, the API with 403; an unknown link is no such page.
        judged = (422,) if body and not body.startswith("{") else (403, 404)
        return body is not None and "not_from_here" not in told and refused.code in judged


def sqlmap(url, body, token, is_full, out):
    """One run; gives its words and whether it judged every parameter."""
    command = [
        "sqlmap", "-u", url, "--batch", "--disable-coloring", "--flush-session", "--output-dir", str(out),
        "--dbms", "PostgreSQL", "--level", "2" if is_full else "1", "--risk", "2" if is_full else "1",
        "--technique", "BEUST" if is_full else "BE" if body else "BEUT", "--time-sec", "2", "--timeout", "30", "--retries", "1",
        "--threads", "1", "--ignore-code", "*", "--skip-waf", "--answers", "quit=N,follow=N"]
    if body:
        command += ["--data", body]
    command += ["--headers", "\\n".join(f"{name}: {value}" for name, value in headers(body, token).items())]
    run = subprocess.run(command, capture_output=True, text=True, timeout=1800, stdin=subprocess.DEVNULL)
    words = run.stdout + run.stderr
    return words, NOTHING in words and not FOUND.search(words), bool(FOUND.search(words))


class Broken(http.server.BaseHTTPRequestHandler):
    """Puts what is asked into its statement as text."""

    def do_GET(self):
        asked = urllib.parse.parse_qs(urllib.parse.urlparse(self.path).query).get("key", ["1"])[0]
        base = sqlite3.connect(":memory:")
        base.execute("create table people (key integer, name text)")
        base.execute("insert into people values (1, 'one')")
        try:
            rows = base.execute(f"select name from people where key = {asked}").fetchall()
        except sqlite3.Error:
            rows = []
        text = f"<p>{'found ' + str(rows) if rows else 'nothing'}</p>".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *arguments):
        pass


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="more addresses, more ways")
    options = parser.parse_args()
    began, failed = time.monotonic(), []
    log = ROOT / ".build/hostile"
    log.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        out = stack.enter_context(tempfile.TemporaryDirectory())
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Broken)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        words, _, is_found = sqlmap(
            f"http://127.0.0.1:{server.server_port}/?key=1", None, None, False, out)
        if not is_found:
            print(words[-2000:])
            print("sql: FAILED, a broken address was not found.")
            return 1
        grounds = Grounds(stack)
        if options.full:
            grounds.populate()
        else:
            grounds.consent("HS")
        targets = FULL if options.full else SHORT
        tokens = {user: grounds.client(user).token for user, _, _ in targets if user}

        def turn(numbered):
            number, (user, path, body) = numbered
            started = time.monotonic()
            if not is_reached(grounds.address + path, body, tokens.get(user)):
                return path, "The address itself was not reached.", False, 0
            words, is_clean, _ = sqlmap(
                grounds.address + path, body, tokens.get(user), options.full, f"{out}/{number}")
            (log / f"sql-{number}.txt").write_text(words)
            return path.split("?")[0].replace("*", ""), words, is_clean, time.monotonic() - started

        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for asked, words, is_clean, seconds in pool.map(turn, enumerate(targets)):
                print(f"  {asked}: {'nothing' if is_clean else 'FAILED'}, {seconds:.0f} s", flush=True)
                if not is_clean:
                    failed.append(asked)
                    print(words[-3000:])
    print(f"sql: {len(targets)} addresses in {time.monotonic() - began:.0f} s, "
          + ("nothing found." if not failed else "FAILED at " + ", ".join(failed) + "."))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
