"""Every preview page in a real browser: axe-core, sideways scrolling, targets and requests.

Usage: axe_previews.py FOLDER  (made by PagesPreview). Needs playwright and axe-playwright-python;
the browser is the installed one, never a downloaded one. Ends with 1 when anything is found.
"""

import functools
import http.server
import pathlib
import sys
import threading

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
WIDTHS = {1280: 24, 390: 24, 320: 24}
# Dark is other values of the same colour tokens and nothing else, so one width shows all of it.
VIEWS = [("light", width) for width in WIDTHS] + [("dark", 390)]

# Links inside a sentence are exempt (WCAG 2.2, 2.5.8); everything that stands alone is measured.
SMALL_TARGETS = """(least) => [...document.querySelectorAll('a, button, summary, input, select')]
  .filter((e) => e.type !== 'hidden' && !e.closest('p, td, th, dd, li, label, .skip') && !e.matches('.skip'))
  .map((e) => [e.textContent || e.name, e.getBoundingClientRect()])
  .filter(([, r]) => r.width > 0 && (r.width < least || r.height < least))
  .map(([name, r]) => `${name} ${Math.round(r.width)} x ${Math.round(r.height)}`)"""

# A text of a picture that is cut off at its edge.
CUT_OFF = """[...document.querySelectorAll('svg text')]
  .map((e) => [e.textContent, e.getBoundingClientRect(), e.ownerSVGElement.getBoundingClientRect()])
  .filter(([, text, svg]) => text.width > 0 && svg.width > 0)
  .filter(([, text, svg]) => text.left < svg.left - 1 || text.right > svg.right + 1
    || text.top < svg.top - 1 || text.bottom > svg.bottom + 1)
  .map(([words]) => words)"""

SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


def findings(page, axe, name, width, scheme, is_spaced):
    where = f"{name} {width} {scheme}{' spaced' if is_spaced else ''}"
    if is_spaced:
        # Text spacing of WCAG 1.4.12.
        page.add_style_tag(content="""* { line-height: 1.5 !important;
          letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }
          p { margin-bottom: 2em !important; }""")
    if page.evaluate(SIDEWAYS):
        yield f"{where}: scrolls sideways"
    if is_spaced:
        return
    for violation in axe.run(page, options=RULES).response["violations"]:
        for node in violation["nodes"][:3]:
            yield f"{where}: {violation['id']}: {node['html'][:160]}"
    for words in page.evaluate(CUT_OFF):
        yield f"{where}: cut off in a picture: {words}"
    for target in page.evaluate(SMALL_TARGETS, WIDTHS[width]):
        yield f"{where}: target too small: {target}"


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves the folder on this machine only, without a line for each request."""

    def do_GET(self):
        # A browser asks for an icon by itself; the pages name none.
        if self.path == "/favicon.ico":
            self.send_response(204)
            self.end_headers()
            return
        super().do_GET()

    def log_message(self, *arguments):
        pass


def serve(folder):
    handler = functools.partial(Quiet, directory=folder)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/"


def main(folder):
    origin = serve(folder)
    pages = sorted(pathlib.Path(folder).glob("*.html"))
    found, checked = [], 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        axe = Axe()
        for scheme, width in VIEWS:
            page = browser.new_page(
                viewport={"width": width, "height": 900}, color_scheme=scheme)
            page.on("request", lambda request: request.url.startswith(origin)
                    or found.append(f"requested {request.url}"))
            page.on("console", lambda message: message.type == "error"
                    and found.append(f"console: {message.text}"))
            page.on("pageerror", lambda error: found.append(f"script: {error}"))
            for path in pages:
                page.goto(origin + path.name)
                found += findings(page, axe, path.stem, width, scheme, False)
                if scheme == "light":
                    found += findings(page, axe, path.stem, width, scheme, True)
                checked += 1
            page.close()
        browser.close()
    print("\n".join(found))
    print(f"{checked} views of {len(pages)} pages, {len(found)} findings.")
    return 1 if found or not pages else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
