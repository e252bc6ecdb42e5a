"""A person at the pages of a training server: signs in, fills forms, presses buttons."""
import os
import pathlib
import re
import time

PASSWORD = "a day of training"
SHOTS = os.environ.get("EQUIPOISE_SHOTS")


class Person:
    """One signed-in person in a browser of their own."""

    def __init__(self, browser, address, user, width=1280):
        self.address = address
        self.given, self.step = "", 0
        self.context = browser.new_context(viewport={"width": width, "height": 900})
        self.page = self.context.new_page()
        self.page.goto(address + "/sign-in")
        self.page.fill("#f-user", user)
        self.page.fill("#f-password", PASSWORD)
        self.press("main button")
        self.give_code()

    def give_code(self):
        """Gives the code the training page shows; a code works once, so a used one is waited out."""
        for _ in range(6):
            self.page.goto(self.address + "/sign-in/code")
            digits = re.search(r"\b(\d{3}) ?(\d{3})\b", self.page.inner_text("main"))
            self.note(digits.group(1) + digits.group(2))
            self.page.fill("#f-code", self.given)
            self.press("main button")
            if "/sign-in" not in self.page.url:
                return
            time.sleep(8)
        raise AssertionError("no code was taken")

    def open(self, path):
        """Opens a page; gives its status."""
        return self.page.goto(self.address + path).status

    def press(self, selector):
        """Presses a button or link and waits for the page it leads to."""
        with self.page.expect_navigation():
            self.page.click(selector)

    def prove(self):
        """Gives what the page asks for before an act: nothing, the password, or the code as well."""
        if self.page.locator("#f-password").count():
            self.page.fill("#f-password", PASSWORD)
        if self.page.locator("#f-code").count():
            self.note(re.search(r"would show (\d{6})", self.text()).group(1))
            while self.step > time.time() // 30 + 1:
                time.sleep(1)
            self.page.fill("#f-code", self.given)

    def note(self, shown):
        """Notes of which 30 seconds a code is: the first not given yet, taken one step ahead and no more."""
        if shown != self.given:
            self.given, self.step = shown, max(time.time() // 30, self.step + 1)

    def submit(self):
        """Hands the form in."""
        self.press("main button[value=submit]")

    def fill(self, **values):
        """Fills boxes and chooses answers by field name."""
        for name, value in values.items():
            name = name.replace("__", ".")
            choice = self.page.locator(f"main input[name='{name}'][value='{value}']")
            box = self.page.locator(
                f"main input[name='{name}']:not([type=radio]):not([type=checkbox]),"
                f" main textarea[name='{name}']")
            if box.count():
                box.first.fill(value)
            else:
                choice.check(force=True)

    def text(self):
        """Everything that can be read."""
        return self.page.inner_text("main")

    def path(self):
        """Where the person is."""
        return self.page.url.removeprefix(self.address)

    def shot(self, name):
        """Keeps a picture at both widths, when asked for."""
        if not SHOTS:
            return
        folder = pathlib.Path(SHOTS)
        folder.mkdir(parents=True, exist_ok=True)
        for width in (1280, 390):
            self.page.set_viewport_size({"width": width, "height": 900})
            self.page.screenshot(path=folder / f"{name}-{width}.png", full_page=True)
        self.page.set_viewport_size({"width": 1280, "height": 900})
