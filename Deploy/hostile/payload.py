"""A stored payload in every text the record holds, then every page as every role in a real browser.

Usage: payload.py [--full] [--as USER]...
The study's own words, the texts people write and every text column of the schema are given markup
that would run, load, restyle or break out of an attribute; who a participant is, which is sealed, is
recorded with it by an act. Then each role follows the links of its pages, and two people read that
identity. Fails when a script of the payload runs, a dialog opens, anything is asked of another
origin or of an address the payload names, the policy of a page has to stop something, an element of
the payload stands in a page, a page answers 5xx, or the identity is shown without what was recorded.
First, pages that are known to be broken are visited, and each kind of harm must be seen there.
"""

import argparse
import collections
import contextlib
import hashlib
import http.server
import re
import sys
import threading
import time

import psycopg
import yaml
from playwright.sync_api import Error, sync_playwright

from columns import EMPTY_NAMES, KEPT_NAMES, SEALED_NAMES, TWIN_NAMES
from grounds import PASSWORD, ROOT, Grounds, everybody, one_of_each

# Longest first: a column that refuses one for its length is given the next.
PAYLOADS = [
    """hostile'"><script>hostile(1)</script><img src="/hostile.png" onerror="hostile(2)">"""
    """<svg onload=hostile(3)></svg><a href="javascript:hostile(4)">h</a></textarea></title></style>"""
    """<style>main{background:url(http://hostile.example/s)}</style><hostile-mark></hostile-mark>"""
    """{{7*7}}${7*7}' onmouseover='hostile(5)' data-hostile=' "onfocus="hostile(6)" data-hostile=\"""",
    """hostile"'><img src=/hostile.png onerror=hostile(2)><hostile-mark>""",
    """'"><hostile-mark>""",
    "<hostile-mark>",
]
MARKS = "hostile-mark, [data-hostile], [onerror], [onload], [onmouseover], [onfocus], [href^='javascript:']"
WATCH = """
  window.hostileSeen = [];
  window.hostile = (number) => { window.hostileSeen.push('script ' + number); };
  document.addEventListener('securitypolicyviolation', (event) => {
    window.hostileSeen.push('policy stopped ' + event.effectiveDirective + ' ' + event.blockedURI);
  });
"""

# Who corrects what names a participant, and who only reads it.
WRITER, READER = "coordinator-101", "investigator-101"

# JSON keeps its shape: each text of an object gets the payload.
JSON_OBJECT = """(select coalesce(jsonb_object_agg(key, case when jsonb_typeof(value) = 'string'
  then to_jsonb((value #>> '{}') || %%s) else value end), '{}') from jsonb_each(%(of)s))"""


def study_with_payload(source, payload):
    """The definition with the payload after every word it shows."""
    shown = {"title", "label", "say", "sentence", "unit", "purpose", "declassified_because", "hint", "note",
             "signature", "text", "emergency_contact", "sponsor_contact", "mend", "prompt_text"}
    count = 0

    def walk(node, parent=""):
        nonlocal count
        if isinstance(node, dict):
            for name, value in node.items():
                if isinstance(value, str) and (name in shown or parent in ("codes", "texts")):
                    node[name] = value + payload
                    count += 1
                else:
                    walk(value, name)
        elif isinstance(node, list):
            for value in node:
                walk(value, parent)

    read = yaml.load(source, yaml.BaseLoader)
    walk(read)
    return yaml.dump(read, allow_unicode=True, sort_keys=False, width=10**6, default_style='"'), count


def poison_study(connection, payload):
    """Puts the payload into the definition in force, which its guards would refuse."""
    count = 0
    for trial, version, source in connection.execute(
            "select trial_id, version, source from sealed.definitions").fetchall():
        poisoned, words = study_with_payload(source, payload)
        connection.execute(
            "update sealed.definitions set source = %s, digest = %s where trial_id = %s and version = %s",
            (poisoned, hashlib.sha256(poisoned.encode()).digest(), trial, version))
        count += words
    return count


# What only a device or another server can make: a passkey, and an account linked at a provider.
BY_DEVICES = """
    insert into access.passkeys (user_id, credential, server, public_key, algorithm, may_be_backed_up, name, sign_count)
      select user_id, '\\x01', 'localhost', decode(repeat('ab', 40), 'hex'), -7, true, 'key', 0
        from access.users where username = 'statistician';
    insert into access.provider_identities (user_id, issuer, subject_digest)
      select user_id, 'https://provider.example', decode(repeat('ab', 32), 'hex')
        from access.users where username = 'statistician'
"""

# Whether there is an alert about treatment the arms decide that were drawn: where there is one, somebody acted on it.
ACTED_ON = """
    update treatment.alerts a set acknowledged_at = a.raised_at, acknowledged_by = u.user_id, action_taken = 'Seen.'
      from access.users u where u.username = 'investigator-101' and a.acknowledged_at is null
"""


def written(connection, statement, payload):
    """Whether a change was taken, in a row at least."""
    try:
        with connection.transaction():
            return connection.execute(statement, (payload,)).rowcount > 0
    except psycopg.Error:
        return False


def poison_columns(connection):
    """Writes the payload into every text column a page may show.

    Gives what became of how many columns, and what is not as columns.py says.
    """
    told, amiss, done, empty = collections.Counter(), [], set(), set()
    columns = connection.execute("""
      select n.nspname, r.relname, a.attname, a.atttypid::regtype::text
      from pg_class r join pg_namespace n on n.oid = r.relnamespace join pg_attribute a on a.attrelid = r.oid
      where r.relkind in ('r', 'p') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
        and a.attnum > 0 and not a.attisdropped
        and (a.atttypid::regtype::text ~ '^(text|character|json)'
          or a.atttypid in (select oid from pg_type where typtype = 'd'))
      order by 1, 2, a.attnum""").fetchall()
    for schema, table, column, kind in columns:
        name = f"{schema}.{table}.{column}"
        if name in KEPT_NAMES:
            told["kept"] += 1
            continue
        place = f'"{schema}"."{table}"'
        if not connection.execute(f"select exists (select from {place})").fetchone()[0]:
            told["without a row"] += 1
            empty.add(name)
            continue
        if any(was_poisoned(connection, place, column, kind, payload) for payload in PAYLOADS):
            told["written"] += 1
            done.add(name)
        else:
            amiss.append(f"{name} takes no payload")
    amiss += sealed_amiss(connection)
    known = {f"{schema}.{table}.{column}" for schema, table, column, _ in columns}
    listed = set(KEPT_NAMES) | set(EMPTY_NAMES) | TWIN_NAMES
    amiss += [f"{name} is in columns.py and not in the schema" for name in sorted(listed - known)]
    for name in sorted(empty - set(EMPTY_NAMES)):
        twins = {name.replace(name.split(".")[0], other, 1) for other in ("open", "outcome", "treatment")}
        if name not in TWIN_NAMES:
            amiss.append(f"{name} has no row")
        elif not twins & done:
            amiss.append(f"{name} has no row, nor has its like of another class")
    return told, amiss


def sealed_amiss(connection):
    """Where the sealed columns of the schema are not those of columns.py."""
    there = {name for name, in connection.execute("""
      select format('%s.%s.%s', n.nspname, r.relname, a.attname)
      from pg_class r join pg_namespace n on n.oid = r.relnamespace join pg_attribute a on a.attrelid = r.oid
      where r.relkind in ('r', 'p') and a.atttypid = 'bytea'::regtype and a.attname ~ 'box$'
        and not a.attisdropped""")}
    return ([f"{name} is sealed and not in columns.py" for name in sorted(there - set(SEALED_NAMES))]
            + [f"{name} is in columns.py and not sealed" for name in sorted(set(SEALED_NAMES) - there)])


def was_poisoned(connection, place, column, kind, payload):
    """Whether a payload was written into a column of a table, in a row at least."""
    changes = [f'coalesce("{column}", \'\') || %s']
    if kind.startswith("json"):
        changes = [JSON_OBJECT % {"of": f'"{column}"::jsonb'},
                   f"(select jsonb_agg({JSON_OBJECT % {'of': 'one'}}) "
                   f'from jsonb_array_elements("{column}"::jsonb) one)',
                   f"(select jsonb_agg((select jsonb_agg(to_jsonb((word #>> '{{}}') || %s)) "
                   f'from jsonb_array_elements(one) word)) from jsonb_array_elements("{column}"::jsonb) one)']
    elif kind.endswith("[]"):
        changes = [f'"{column}" || %s::text']
    # Some columns are empty by rule in some rows.
    somewhere = ("", f" where \"{column}\"::text not in ('', '{{}}', '[]')")
    return any(written(connection, f'update {place} set "{column}" = {change}{where}', payload)
               for change in changes for where in somewhere)


class Watch:
    """A tab that notices harm."""

    def __init__(self, context, origin):
        self.origin, self.found, self.status = origin, [], 0
        context.add_init_script(WATCH)
        self.page = context.new_page()
        self.page.on("dialog", self.dialog)
        self.page.on("request", self.request)
        self.page.on("console", self.console)

    def dialog(self, dialog):
        self.found.append("dialog " + dialog.message[:60])
        dialog.dismiss()

    def request(self, request):
        if not request.url.startswith((self.origin + "/", "data:", "blob:")) or "hostile.png" in request.url:
            self.found.append("asked for " + request.url[:80])

    def console(self, message):
        if "Content Security Policy" in message.text or "Refused to" in message.text:
            self.found.append("policy: " + message.text[:100])

    def visit(self, path):
        """Opens an address; gives the links of the page, and None for what is no page."""
        self.found.clear()
        try:
            answer = self.page.goto(self.origin + path, wait_until="load")
        except Error as error:
            # A file is saved, not shown.
            if "Download is starting" in str(error) or "ERR_ABORTED" in str(error):
                self.status = 200
                return None
            raise
        return self.look(answer)

    def press(self, button):
        """Presses a button; gives the links of the page that answers."""
        self.found.clear()
        with self.page.expect_navigation(wait_until="load") as answer:
            self.page.click(button)
        return self.look(answer.value)

    def look(self, answer):
        """Notes the harm on the page that is open, and what can be read on it; gives its links."""
        self.status = answer.status
        if answer.status >= 500:
            self.found.append(f"answered {answer.status}")
        seen, marks, links, self.boxes, self.text = self.page.evaluate(
            """(marks) => [window.hostileSeen || [],
              [...document.querySelectorAll(marks)].map((e) => e.outerHTML.slice(0, 120)),
              [...document.querySelectorAll('a[href]')].map((e) => e.getAttribute('href')),
              [...document.querySelectorAll('input, textarea')].map((e) => e.value),
              document.documentElement.textContent]""", MARKS)
        self.found += seen + ["stands in the page: " + mark for mark in marks]
        # A template that was worked out.
        if re.search(r"hostile-mark>\s*49", self.text):
            self.found.append("worked out a template")
        self.shown = "hostile" in self.text
        return links


PROOFS = {
    "script": ("<p>%s</p>", "script 1"),
    "handler": ("<p>%s</p>", "script 2"),
    "address": ("<p>%s</p>", "asked for"),
    "style": ("<main><p>%s</p></main>", "asked for http://hostile.example/"),
    "attribute": ('<input value="%s">', "stands in the page"),
    "quoted attribute": ("<input value='%s'>", "stands in the page"),
    "policy": ("<p>%s</p>", "policy"),
    "dialog": ("<script>alert(1)</script>%s", "dialog"),
    "status": ("", "answered 500"),
}


def prove(browser):
    """Each kind of harm is seen on a page made for it, and none on a page that escapes."""
    payload = PAYLOADS[0]

    class Broken(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            kind = self.path.strip("/").replace("-", " ")
            if kind not in PROOFS and kind != "escaped":
                self.send_response(404)
                self.end_headers()
                return
            self.send_response(500 if kind == "status" else 200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            if kind == "policy":
                self.send_header("Content-Security-Policy", "default-src 'none'")
            self.end_headers()
            if kind == "escaped":
                words = payload.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
                body = f'<title>t</title><p>{words}</p><input value="{words}">'
            else:
                shape = PROOFS[kind][0]
                body = "<title>t</title>" + (shape % payload if "%s" in shape else "broken")
            self.wfile.write(body.encode())

        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Broken)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    context = browser.new_context()
    watch = Watch(context, f"http://127.0.0.1:{server.server_port}")
    missed = []
    for kind, (_, sign) in PROOFS.items():
        watch.visit("/" + kind.replace(" ", "-"))
        watch.page.wait_for_timeout(100)
        seen = watch.found + watch.page.evaluate("window.hostileSeen || []")
        if not any(sign in one for one in seen):
            missed.append(f"{kind}: {seen}")
    watch.visit("/escaped")
    if watch.found:
        missed.append(f"escaped: {watch.found}")
    context.close()
    server.shutdown()
    return missed


def shape_of(path):
    """The address without what differs from record to record."""
    bare = re.sub(r"/\d{3}-\d{4}\b", "/KEY", path.split("#")[0])
    bare = re.sub(r"/[A-Z]{2,}[A-Z0-9-]*(?=/|$|\?)", "/NAME", bare)
    bare = re.sub(r"(?<==)[^&]*", "", bare)
    return re.sub(r"/\d+\b", "/N", bare)


def read_identity(watch, key, named, writes):
    """Reads who a participant is, for a purpose; gives the pages, the harm, and what of the record is missed.

    Each text that was recorded is to be read there, and to stand in the form of who may correct it.
    """
    def absent(texts, shown, what):
        names = ", ".join(name for name, text in texts.items() if text not in shown)
        return [f"{watch.status}, {what}: {names}"] if names else []

    boxes = {name: text for name, text in named.items() if name != "reason"}
    watch.visit(f"/participants/{key}/identity")
    harm = list(watch.found)
    if not watch.page.locator("#f-purpose").count():
        return 1, harm, [f"{watch.status}, and no purpose is asked for"]
    watch.page.fill("#f-purpose", PAYLOADS[1])
    watch.press("main button.primary")
    harm += watch.found
    missed = absent(named, watch.text, "not shown")
    if writes:
        missed += absent(boxes, watch.boxes, "in no box")
    if missed or not writes:
        return 2, harm, missed
    # A correction that changes nothing is refused, and what was typed is shown again.
    watch.press("main button.primary")
    return 3, harm + watch.found, absent(boxes, watch.boxes, "in no box")


def crawl(browser, grounds, user, is_full, extra):
    """Follows every link of one person's pages; gives pages, how many showed a payload, and findings."""
    context, address = browser.new_context(), grounds.address
    watch = Watch(context, address)
    pages, showing, findings = 0, 0, []
    start = ["/sign-in", "/training", "/health"] + extra
    if user:
        page = watch.page
        page.goto(address + "/sign-in")
        page.fill("#f-user", user)
        page.fill("#f-password", PASSWORD)
        for _ in range(6):
            with page.expect_navigation():
                page.click("main button")
            digits = re.search(r"\b(\d{3}) ?(\d{3})\b", page.inner_text("main"))
            if "/sign-in" not in page.url:
                break
            page.fill("#f-code", "".join(digits.groups()))
            with page.expect_navigation():
                page.click("main button")
            if "/sign-in" not in page.url:
                break
            page.wait_for_timeout(6000)
            page.goto(address + "/sign-in/code")
            digits = re.search(r"\b(\d{3}) ?(\d{3})\b", page.inner_text("main"))
            page.fill("#f-code", "".join(digits.groups()))
        else:
            raise SystemExit(f"{user} could not sign in.")
        start = ["/", "/sections", "/account"]
    most, enough = (10, 2000) if is_full else (1, 25)
    waiting, known, shapes = collections.deque(start), set(start), collections.Counter()
    while waiting and pages < enough:
        path = waiting.popleft()
        links = watch.visit(path)
        pages += 1
        if links is not None:
            showing += watch.shown
        findings += [f"{user or 'stranger'} {path[:100]}: {one}" for one in watch.found]
        # A page that was to be attacked and is another one now would pass for ever.
        if path in extra and not (watch.status == 200 and watch.shown):
            findings.append(f"{user or 'stranger'} {path[:100]}: {watch.status}, without a payload")
        if user and "/sign-in" in watch.page.url:
            findings.append(f"{user} {path[:100]}: was signed out")
            break
        for link in links or []:
            link = link.split("#")[0]
            if not link.startswith("/") or link in known:
                continue
            known.add(link)
            shape = shape_of(link)
            if shapes[shape] < most:
                shapes[shape] += 1
                waiting.append(link)
    if user in (WRITER, READER):
        for key in grounds.keys:
            read, harm, missed = read_identity(watch, key, grounds.named, user == WRITER)
            # Of the other nothing is recorded: a look that misses nothing there would pass for ever.
            if key != grounds.keys[0]:
                missed = [] if missed else ["nothing is missed where nothing is recorded"]
            pages, showing = pages + read, showing + (key == grounds.keys[0] and not missed)
            findings += [f"{user} identity of {key}: {one}" for one in harm + missed]
    context.close()
    return pages, showing, findings


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="ten addresses of every shape, and all pages; else one, and 25 pages a person")
    parser.add_argument("--as", dest="users", action="append", help="only this user name")
    options = parser.parse_args()
    began, findings, pages, showing = time.monotonic(), [], 0, 0
    with contextlib.ExitStack() as stack:
        browser = stack.enter_context(sync_playwright()).chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        missed = prove(browser)
        if missed:
            print("payload: FAILED, harm on broken pages was not seen: " + "; ".join(missed))
            return 1
        grounds = Grounds(stack)
        missing = [f"not there: {refusal}" for refusal in grounds.populate(PAYLOADS[0])]
        link = grounds.link()
        with grounds.database() as connection:
            connection.execute(BY_DEVICES)
            # No trigger and no foreign key stands in the way; the checks of a column do.
            connection.execute("set session_replication_role = replica")
            connection.execute(ACTED_ON)
            words = poison_study(connection, PAYLOADS[1])
            columns, amiss = poison_columns(connection)
            missing += amiss
        print("  " + ", ".join(f"{name} {count}" for name, count in columns.items()),
              f"columns; {words} words of the study", flush=True)
        grounds.restart()
        users = options.users or one_of_each(everybody(grounds.address))
        if not options.users:
            missing += [f"role {role}" for role in grounds.roles_amiss(users)]
            missing += [f"nobody is {user}" for user in (WRITER, READER) if user not in users]
            users = [None] + users
        for one in missing:
            print("  " + one, flush=True)
        for user in users:
            extra = [] if user else ["/q/" + link]
            seen, shown, found = crawl(
                browser, grounds, user, options.full, extra)
            print(f"  {user or 'stranger'}: {seen} pages, {shown} of them with a payload", flush=True)
            pages, showing = pages + seen, showing + shown
            findings += found
        browser.close()
    (ROOT / ".build/hostile").mkdir(parents=True, exist_ok=True)
    (ROOT / ".build/hostile/payload.txt").write_text("\n".join(findings) + "\n")
    for finding in findings[:40]:
        print("  " + finding)
    nothing = not showing or columns["written"] < 50
    if nothing:
        print("  the payload hardly got anywhere, so this says nothing")
    print(f"payload: {pages} pages as {len(users)} people in {time.monotonic() - began:.0f} s, {showing} of "
          f"them with the payload of {columns['written']} columns, "
          + ("nothing ran" if not findings else f"{len(findings)} findings")
          + (f", {len(missing)} things are not as they should be." if missing else "."))
    return 1 if findings or missing or nothing else 0


if __name__ == "__main__":
    sys.exit(main())
