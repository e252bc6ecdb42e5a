"""A passkey added, named, used and removed, with the virtual authenticator of a real browser."""
import os
import re


from walk import PASSWORD, Person

SHOTS = os.environ.get("EQUIPOISE_SHOTS")


class Authenticator:
    """A device in the browser that keeps passkeys, and checks its person or not."""

    def __init__(self, page):
        self.session = page.context.new_cdp_session(page)
        self.session.send("WebAuthn.enable")
        self.id = self.session.send("WebAuthn.addVirtualAuthenticator", {"options": {
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
            "hasUserVerification": True, "isUserVerified": True}})["authenticatorId"]

    def credentials(self):
        return self.session.send("WebAuthn.getCredentials", {"authenticatorId": self.id})["credentials"]

    def verifies(self, does):
        self.session.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": does})

    def count_from(self, count):
        """Sets the counter of the one passkey back, as a copy of the device would have it."""
        kept = self.credentials()[0]
        self.session.send("WebAuthn.removeCredential", {
            "authenticatorId": self.id, "credentialId": kept["credentialId"]})
        kept["signCount"] = count
        self.session.send("WebAuthn.addCredential", {"authenticatorId": self.id, "credential": kept})


def press(page, text):
    with page.expect_navigation():
        page.locator("main button", has_text=text).click()


def give_password(page, server, user):
    page.goto(server + "/sign-in")
    page.fill("#f-user", user)
    page.fill("#f-password", PASSWORD)
    press(page, "Sign in")


def sign_out(page):
    with page.expect_navigation():
        page.locator("form.sign-out button").click()


def shoot(page, name):
    """Looks at both widths that nothing is wider than the page, and keeps a picture when asked for."""
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{name} at {width} is {wide} px too wide"
        if SHOTS:
            page.screenshot(path=f"{SHOTS}/{name}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 900})


def test_a_passkey_from_adding_to_removing(server, browser):
    person = Person(browser, server, "investigator-104")
    page = person.page
    device = Authenticator(page)
    violations = []
    page.on("console", lambda message: violations.append(message.text)
            if "Content Security Policy" in message.text else None)

    # Without the person nothing is made, and the page says so.
    person.open("/account/passkeys/new")
    shoot(page, "passkey-new")
    page.fill("[name=name]", "Key on my ring")
    person.prove()
    device.verifies(False)
    page.locator("main button", has_text="Add the passkey").click()
    page.wait_for_selector("text=No passkey was given")
    assert device.credentials() == []
    device.verifies(True)
    # A wrong password adds nothing; what was typed stays.
    page.fill("#f-password", "not the password")
    press(page, "Add the passkey")
    assert "The password or the code is not right" in page.inner_text("main")
    assert page.input_value("[name=name]") == "Key on my ring"
    device.session.send("WebAuthn.clearCredentials", {"authenticatorId": device.id})
    person.prove()
    press(page, "Add the passkey")
    assert "The passkey is added" in page.inner_text("main")
    assert "Key on my ring" in page.inner_text("main")
    assert len(device.credentials()) == 1
    shoot(page, "account-with-passkey")

    # The same device is not taken twice.
    person.open("/account/passkeys/new")
    page.fill("[name=name]", "Again")
    person.prove()
    page.locator("main button", has_text="Add the passkey").click()
    page.wait_for_selector("text=keeps a passkey of yours already")

    # It signs in where the code would.
    person.open("/account")
    sign_out(page)
    give_password(page, server, "investigator-104")
    shoot(page, "passkey-sign-in")
    press(page, "Use a passkey")
    assert "/sign-in" not in page.url
    assert device.credentials()[0]["signCount"] >= 1

    # A device that does not check its person does not.
    page.goto(server + "/account")
    sign_out(page)
    give_password(page, server, "investigator-104")
    device.verifies(False)
    page.locator("main button", has_text="Use a passkey").click()
    page.wait_for_selector("text=No passkey was given")
    device.verifies(True)
    # A copy that counts from before is refused; the code still opens.
    device.count_from(0)
    press(page, "Use a passkey")
    assert "The passkey was not taken" in page.inner_text("main")
    assert page.url.startswith(server + "/sign-in/passkey")
    device.count_from(100)
    give_password(page, server, "investigator-104")
    press(page, "Use a passkey")
    assert "/sign-in" not in page.url

    # Renamed, and removed with password and code; the device's passkey is then nobody's.
    page.goto(server + "/account")
    with page.expect_navigation():
        page.locator("main a", has_text="Rename or remove").click()
    shoot(page, "passkey")
    page.fill("[name=name]", "Yellow key")
    press(page, "Rename it")
    assert "Yellow key" in page.inner_text("main")
    with page.expect_navigation():
        page.locator("main a", has_text="Rename or remove").click()
    press(page, "Remove it")
    assert "The password or the code is not right" in page.inner_text("main")
    page.fill("#f-password", PASSWORD)
    press(page, "Remove it")
    assert "The password or the code is not right" in page.inner_text("main")
    person.prove()
    press(page, "Remove it")
    assert "The passkey is removed" in page.inner_text("main")
    assert "Yellow key" not in page.inner_text("main")
    sign_out(page)
    give_password(page, server, "investigator-104")
    assert page.locator("main button", has_text="Use a passkey").count() == 0
    assert violations == []


def test_without_script_a_passkey_is_refused_in_words(server, browser):
    person = Person(browser, server, "monitor-101")
    device = Authenticator(person.page)
    person.open("/account/passkeys/new")
    person.page.fill("[name=name]", "Desk")
    person.prove()
    press(person.page, "Add the passkey")
    assert len(device.credentials()) == 1
    plain = browser.new_context(java_script_enabled=False).new_page()
    give_password(plain, server, "monitor-101")
    press(plain, "Use a passkey")
    assert "The passkey was not taken" in plain.inner_text("main")
    assert re.search(r"\d{3} ?\d{3}", plain.inner_text("main"))


def test_an_address_makes_no_passkey(server, browser):
    address = server.replace("localhost", "127.0.0.1")
    person = Person(browser, address, "data-manager")
    person.open("/account/passkeys/new")
    assert "by its name, not by its address" in person.text()
    assert person.page.locator("main form").count() == 0
