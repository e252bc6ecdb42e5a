"""Where the attacks happen: a training server of its own, its people, participants of every kind.

Imported by the programs beside it; it uses the client and the acts of Tests/Browser.
"""

import contextlib
import os
import pathlib
import re
import shutil
import sys
import tempfile
import time
import urllib.request

import psycopg
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests/Browser"))

import test_api  # noqa: E402
from api_client import Client, Refused  # noqa: E402
from conftest import training_server  # noqa: E402
from records import PASSWORD, Maker  # noqa: E402


def sign_in(address, user):
    """A signed-in person; a one-time code works once, so a used one is waited out."""
    for _ in range(8):
        try:
            return Client(address, user)
        except Refused as refused:
            if refused.status != 403:
                raise
            time.sleep(6)
    raise SystemExit(f"No code of {user} was taken.")


def everybody(address):
    """The user names the training page lists."""
    page = urllib.request.urlopen(address + "/training", timeout=20).read().decode()
    return sorted(set(re.findall(r"user=([a-z0-9-]+)", page)))


def one_of_each(users):
    """One person of every role: the first site's, the first of a pool."""
    return [user for user in users if not re.search(r"-(104|2|3)$", user)]


class Grounds:
    """A server on a state directory of its own; gone afterwards."""

    root = ROOT

    def __init__(self, stack):
        self.stack = stack
        self.folder = tempfile.mkdtemp(prefix="eq-")
        os.chmod(self.folder, 0o711)
        stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        self.state = os.path.join(self.folder, "s")
        self.clients = {}
        self.keys = []
        self.start()

    def start(self):
        self.serving = contextlib.ExitStack()
        self.stack.push(self.serving)
        self.address = self.serving.enter_context(training_server(self.state, "--unbounded"))

    def restart(self):
        """The same installation on another port; everybody signs in again."""
        self.serving.close()
        self.clients.clear()
        self.start()

    def client(self, user):
        if user not in self.clients:
            self.clients[user] = sign_in(self.address, user)
        return self.clients[user]

    def database(self):
        """The superuser's connection with the private database."""
        return psycopg.connect(
            host=self.state + "/run", user="equipoise_superuser", dbname="equipoise", autocommit=True)

    def roles_amiss(self, users):
        """The roles nobody among the users has, and those the study does not know, with a sign each.

        The participant's is apart: no account has it, and its pages are those of the stranger with
        the link of a questionnaire.
        """
        definition = yaml.safe_load((ROOT / "Docs/ReferenceTrial/kap-ect.yaml").read_text())
        wanted = {role["id"] for role in definition["roles"]} - {"participant"}
        with self.database() as connection:
            held = dict(connection.execute(
                "select u.username, g.role from access.grants g join access.users u using (user_id)").fetchall())
        asked = {held.get(user, user) for user in users}
        return sorted([f"-{role}" for role in wanted - asked] + [f"+{role}" for role in asked - wanted])

    def people(self, *users):
        return {user: self.client(user) for user in users}

    def consent(self, initials, year=1972):
        """A participant who consented and nothing else."""
        words = dict(
            test_api.header(), icf_ver="1.0", icf_dt=test_api.now(), icf_copy="true",
            who_explained="coordinator-101", opt_recording="true", opt_future="true",
            opt_remote="true")
        return self.client("coordinator-101").call("POST", "/participants", {
            "initials": initials, "birth_year": year, "sex": "M", "consent": words})["participant"]

    def link(self, form="PHQ9"):
        """The link of a questionnaire that waits for its answers."""
        return self.client("coordinator-101").call(
            "POST", f"/participants/{self.keys[1]}/questionnaires/{form}/BL", {})["link"]

    def randomized(self, initials="HA"):
        """A participant from consent to the acknowledged allocation."""
        team = self.people("coordinator-101", "investigator-101", "treat-coordinator-101")
        test_api.RATERS.clear()
        key = test_api.eligible(self.address, team, initials, 1970)
        self.clients.update({f"rater-{n}": rater for n, rater in test_api.RATERS.items()})
        test_api.RATERS.clear()
        self.client("coordinator-101").call(
            "POST", f"/participants/{key}/randomize", {"password": PASSWORD})
        self.client("treat-coordinator-101").call(
            "POST", f"/allocations/{key}/acknowledge", {"password": PASSWORD})
        return key

    def populate(self, words="A reason of the training."):
        """Participants, and one of each record whose text a person writes; the text is `words`.

        Gives the acts that were refused.
        """
        self.keys = [self.randomized(), self.consent("HB")]
        return Maker(self, words).make()
