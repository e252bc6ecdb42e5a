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

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests/Browser"))

import test_api  # noqa: E402
from api_client import Client, Refused  # noqa: E402
from conftest import training_server  # noqa: E402

PASSWORD = "a day of training"


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
        """Participants, and one of each record whose text a person writes; the text is `words`."""
        self.keys = [self.randomized(), self.consent("HB")]
        key = self.keys[0]
        refused = []

        def act(user, path, body):
            try:
                return self.client(user).call("POST", path, body)
            except Refused as error:
                refused.append(f"{path.split('/')[1]}: {error.status} {error.body}")
                return {}

        act("investigator-101", f"/participants/{key}/forms/SAE/UNS?number=new", {
            "answers": {
                "onset": "2026", "criteria": "DEATH", "narrative": words, "aware_at": test_api.now(),
                "device_related": "false", "rel_ket": "PROB", "rel_ther": "NA", "rel_ect": "NA",
                "rel_proc": "UNL"}, "version": 0, "submit": True})
        act("safety-officer", f"/serious-events/{key}/SAE/UNS/1/expectedness", {
            "version": 1, "expected": False, "reference": words[:80], "reason": words})
        act("coordinator-101", "/deviations", {
            "participant": key, "class": "open", "type": "IMP-ELIG", "date": str(test_api.today()),
            "how": "SITE", "description": words, "measures": words})
        act("data-manager", f"/participants/{key}/queries", {
            "form": "DM", "visit": "SCR", "field": "edu_years", "text": words})
        act("coordinator-101", "/queries/1/answer", {"answer": words})
        act("coordinator-101", f"/participants/{key}/forms/CM/SCR?number=new", {
            "answers": {"drug": words[:60], "start": "2026", "ongoing": "true"}, "version": 0,
            "submit": True})
        act("coordinator-101", f"/participants/{key}/forms/VS/SCR", {
            "answers": {"vdate": str(test_api.today()), "done": "Y", "sbp": "128", "dbp": "82", "hr": "64"},
            "version": 0, "submit": True})
        act("coordinator-101", f"/participants/{key}/forms/VS/SCR", {
            "answers": {"vdate": str(test_api.today()), "done": "Y", "sbp": "131", "dbp": "82", "hr": "64"},
            "version": 1, "submit": True, "reason": words})
        act("coordinator-101", f"/participants/{key}/forms/WDR/UNS/draft", {
            "typed": {"reason": [words]}, "version": 0})
        act("monitor-101", f"/participants/{key}/forms/VS/SCR/verify", {"version": 2, "fields": "sbp"})
        act("safety-officer", "/disclosures", {
            "participant": key, "reason": words, "event_number": "SAE-1",
            "password": PASSWORD})
        act("oncall-physician", "/disclosures", {
            "participant": key, "ground": "CARE", "reason": words, "password": PASSWORD})
        act("rand-manager", f"/corrections/{key}/void", {
            "ground": "INELIGIBLE", "reason": words, "password": PASSWORD})
        act("investigator-101", "/signature", {"password": PASSWORD})
        act("data-manager", "/audit/reviews", {
            "from": str(test_api.today()), "through": str(test_api.today()), "scope": words[:100],
            "findings": words, "password": PASSWORD})
        act("data-manager", f"/participants/{key}/forms/SAE/UNS/removal", {
            "field": "narrative", "reason": words})
        return refused
