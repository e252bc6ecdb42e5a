"""What the optional script of the pages does, in a real browser on the preview pages.

Usage: script_previews.py FOLDER  (made by PagesPreview). Ends with 1 when a claim does not hold.
"""

import sys

from axe_previews import serve
from playwright.sync_api import sync_playwright


def claims(page, origin):
    page.goto(origin + "form-entry.html")
    page.fill("#f-sbp", "141")
    page.reload()
    yield "typing is kept over a reload", page.input_value("#f-sbp") == "141"
    page.evaluate("document.querySelector('.sign-out').dispatchEvent(new Event('submit'))")
    yield "signing out forgets it", page.evaluate("sessionStorage.length") == 0
    page.goto(origin + "form-entry-faults.html")
    yield "the summary of faults has the focus", page.evaluate(
        "document.activeElement.id") == "faults"
    page.goto(origin + "coordinator-home.html")
    yield "the line of the last act has the focus", page.evaluate(
        "document.activeElement.className") == "status"
    page.goto(origin + "rating-form.html")
    page.focus("#f-answer")
    page.keyboard.press("6")
    chosen = "document.querySelector('[name=answer]:checked').value"
    yield "a number key chooses inside its group", page.evaluate(chosen) == "6"
    page.focus(".product")
    page.keyboard.press("2")
    yield "and nowhere else", page.evaluate(chosen) == "6"
    page.goto(origin + "form-entry.html")
    page.click("details.missing summary >> nth=0")
    page.check("#f-sbp-missing-0")
    yield "a code for no value empties the value", page.input_value("#f-sbp") == ""
    yield "after saying so", page.is_visible("details.missing [role=status]")


def main(folder):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        results = list(claims(browser.new_page(), serve(folder)))
        browser.close()
    for words, holds in results:
        print("holds" if holds else "FAILS", words)
    return 0 if all(holds for _, holds in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
