"""One of each record whose text a person writes, made through the API by who may make it.

Imported by grounds.py. What is refused is told: a story that stops half-way leaves tables empty, and
an attack on an empty table finds nothing.
"""

import csv
import datetime
import io

import test_api
from api_client import Refused

PASSWORD = "a day of training"


class Maker:
    """Acts as people of the grounds; the text of everything is `words`."""

    def __init__(self, grounds, words):
        self.grounds, self.words, self.refused = grounds, words, []
        self.key, self.other = grounds.keys

    def act(self, user, path, body, method="POST"):
        """What an act answers; an empty object, and a note, where it was refused."""
        try:
            return self.grounds.client(user).call(method, path, body)
        except Refused as error:
            self.refused.append(f"{path} as {user}: {error.status} {error.body}")
            return {}

    def refuse(self, field, act):
        """Notes an act that is not refused for what a field of it holds."""
        try:
            act()
        except Refused as error:
            if any(fault["field"] == field for fault in error.body.get("faults", [])):
                return
        self.refused.append(f"the refusal of markup in {field}")

    def make(self):
        self.identity()
        self.wordless()
        self.safety()
        self.forms()
        self.review()
        self.disclosures()
        self.people()
        self.study()
        self.files()
        return self.refused

    def identity(self):
        """Who a participant is, then corrected: sealed, so that no statement writes it.

        Each text begins with its field: the payload alone stands on every page, in the study's own words.
        """
        longest = {"family": 80, "given": 80, "phone": 120, "email": 120, "addr": 240, "contact2": 240, "gp": 240}
        texts = {field: f"{field} of somebody {self.words}"[:most].strip() for field, most in longest.items()}
        reason = f"reason of somebody {self.words}"
        place = f"/participants/{self.key}/identity/record"
        self.act("coordinator-101", place, {
            "answers": dict(texts, birth_date="1970-05-17", gp=self.words[:240]), "version": 0})
        self.act("coordinator-101", place, {
            "answers": dict(texts, birth_date="1970-05-17"), "version": 1, "reason": reason})
        self.grounds.named = dict(texts, reason=reason)

    def wordless(self):
        """What is sealed and takes no words: letters, and names the definition has."""
        def draft(arm="KET", factor="setting", level="OUT"):
            self.grounds.client("rand-manager").call("POST", "/randomization/drafts", {"scheme": {
                "arms": [{"id": arm, "ratio": 1}, {"id": "ECT", "ratio": 1}],
                "factors": [{"id": factor, "levels": ["IN", level]}], "strata": [],
                "method": {"type": "simple"}, "caps": [], "void": "keep", "correct": "keep", "carry": False}})

        self.refuse("initials", lambda: self.grounds.consent("<b>"))
        self.refuse("arms.id", lambda: draft(arm="<b>"))
        self.refuse("factors.id", lambda: draft(factor="<b>"))
        self.refuse("factors.levels", lambda: draft(level="<b>"))

    def safety(self):
        words, key = self.words, self.key
        self.act("treat-coordinator-101", f"/participants/{key}/forms/SAE/UNS?number=new", {
            "answers": {
                "onset": "2026", "criteria": "DEATH", "narrative": words, "aware_at": test_api.now(),
                "device_related": "false", "rel_ket": "PROB", "rel_ther": "NA", "rel_ect": "NA",
                "rel_proc": "UNL"}, "version": 0, "submit": True})
        event = f"/serious-events/{key}/SAE/UNS/1"
        self.act("safety-officer", event + "/expectedness", {
            "version": 1, "expected": False, "reference": words[:80], "reason": words})
        self.act("safety-officer", event + "/clocks/sae_triage/start", {
            "start": test_api.now(-60 * 24), "reason": words})
        self.act("coordinator-101", f"/participants/{key}/forms/SAEIN/UNS?number=new", {
            "answers": {"aware_at": test_api.now(), "onset": "2026", "told_by": "FAM",
                        "criteria": "HOSP", "what": words}, "version": 0, "submit": True})
        link = self.act("coordinator-101", f"/participants/{self.other}/questionnaires/QIDSSR16/SCR", {})
        self.grounds.answered = link.get("link", "none")
        self.act("coordinator-101", f"/questionnaires/{link.get('link')}", {
            "answers": {f"q{item:02d}": "3" if item == 12 else "0" for item in range(1, 17)}})
        for alert in self.act("investigator-101", "/alerts", None, "GET") or []:
            self.act("investigator-101", f"/alerts/{alert['alert']}/acknowledge", {"action": words})
        self.act("coordinator-101", "/deviations", {
            "participant": key, "class": "open", "type": "IMP-ELIG", "date": str(test_api.today()),
            "how": "SITE", "description": words, "measures": words})
        self.act("treat-coordinator-101", "/deviations", {
            "participant": key, "class": "treatment", "type": "IMP-TX", "date": str(test_api.today()),
            "how": "SITE", "description": words, "measures": words})

    def forms(self):
        words, key = self.words, self.key

        def vital(version, pressure, **more):
            self.act("coordinator-101", f"/participants/{key}/forms/VS/SCR", dict({
                "answers": {"vdate": str(test_api.today()), "done": "Y", "sbp": pressure, "dbp": "82",
                            "hr": "64"}, "version": version, "submit": True}, **more))

        self.act("coordinator-101", f"/participants/{key}/forms/CM/SCR?number=new", {
            "answers": {"drug": words[:60], "start": "2026", "ongoing": "true"}, "version": 0,
            "submit": True})
        vital(0, "128")
        vital(1, "131", reason=words)
        for user, form in (("coordinator-101", "WDR/UNS"), ("treat-coordinator-101", "AE/UNS")):
            self.act(user, f"/participants/{key}/forms/{form}/draft", {
                "typed": {"reason": [words]}, "version": 0})
        self.act("monitor-101", f"/participants/{key}/forms/VS/SCR/verify", {"version": 2, "fields": "sbp"})
        self.act("monitor-101", f"/participants/{key}/forms/CSSRSS/BL/verify", {"version": 1, "fields": "q1"})
        self.act("investigator-101", f"/participants/{key}/forms/SAE/UNS/sign?number=1", {
            "version": 1, "password": PASSWORD})
        self.act("monitor-u-101", f"/participants/{key}/forms/SAE/UNS/verify?number=1", {
            "version": 1, "fields": "narrative"})
        place = f"/participants/{self.other}/ratings/SCR"
        offered = self.act("coordinator-101", place, None, "GET")
        times = [{"starts_at": time} for time in (offered.get("times") or [""] * 2)[:2]]
        for act, body in (("", times[0]), ("/cancel", {"reason": words}), ("", times[1]),
                          ("/call-link", {"call_link": "https://calls.example/room"})):
            self.act("coordinator-101", place + act, body)
        self.act("data-manager", f"/participants/{key}/forms/QIDSSR16/SCR/corrections", {
            "version": 1, "field": "q01", "value": "2", "reason": words, "evidence": words,
            "password": PASSWORD})
        self.act("coordinator-101", f"/participants/{self.other}/transfer", {
            "site": "104", "reason": words})

    def review(self):
        words, key = self.words, self.key
        for user, form in (("data-manager", "DM"), ("data-manager-u", "SAE")):
            visit, field = ("SCR", "edu_years") if form == "DM" else ("UNS", "narrative")
            self.act(user, f"/participants/{key}/queries", {
                "form": form, "visit": visit, "field": field, "text": words})
        self.act("coordinator-101", "/queries/1/answer", {"answer": words})
        self.act("data-manager", "/audit/reviews", {
            "from": str(test_api.today()), "through": str(test_api.today()), "scope": words[:100],
            "findings": words, "password": PASSWORD})
        asked = self.act("data-manager", f"/participants/{key}/forms/CM/SCR/removal", {
            "field": "drug", "reason": words})
        self.act("investigator-101", f"/removals/open-{asked.get('number', 1)}/confirm", {"password": PASSWORD})

    def disclosures(self):
        words, key = self.words, self.key
        self.act("safety-officer", "/disclosures", {
            "participant": key, "reason": words, "event_number": "SAE-0001", "password": PASSWORD})
        self.act("oncall-physician", "/disclosures", {
            "participant": key, "ground": "CARE", "reason": words, "password": PASSWORD})
        self.act("rand-manager", f"/corrections/{key}/void", {
            "ground": "INELIGIBLE", "reason": words, "password": PASSWORD})
        self.act("rand-manager", "/envelopes/101/codes", {"first": 1, "count": 1, "password": PASSWORD})
        self.act("monitor-101", "/unblinding-reports", {
            "about": key, "learnt": "ARM", "how": words, "at": test_api.now()})
        self.act("data-manager-u", "/disclosures/reports/1/assessment", {"impact": words, "action": words})

    def people(self):
        words = self.words
        self.act("investigator-101", "/signature", {"password": PASSWORD})
        self.act("access-admin", "/certifications", {
            "organization": words[:150], "authority": words[:150],
            "sent_on": str(test_api.today()), "reference": words[:150], "password": PASSWORD})
        held = self.act("access-admin", "/accounts/reviews", None, "GET")
        self.act("access-admin", "/accounts/reviews", {
            "next": str(test_api.today() + datetime.timedelta(days=90)), "password": PASSWORD,
            "decisions": {f"{one['user']}/{one['role']}/{one['site']}": "keep"
                          for one in held.get("roles", []) if not one["isOwn"]}})

    def study(self):
        words = self.words
        source = (self.grounds.root / "Docs/ReferenceTrial/kap-ect.yaml").read_text()
        later = source.replace('version: "1.0"\n', 'version: "2.0"\n', 1)
        self.act("study-builder", "/amendments", {
            "source": later, "summary": words, "asks_reconsent": False})
        for user in ("data-manager", "data-manager-u"):
            self.act(user, "/amendments/2.0/dry-run", {})
        self.act("data-manager", "/amendments/2.0/approve", {"password": PASSWORD})
        day = str(test_api.today("104"))
        self.act("sponsor-lead", "/amendments/2.0/force", {
            "site": "104", "ethics": day, "reference": words[:150], "from": day})
        self.act("statistician", "/lock/plan", {"sha256": "ab" * 32, "password": PASSWORD})

    def files(self):
        words = self.words
        table = ("participant,visit,vdate,done,birth_year,sex,edu_years,employ\n"
                 f"{self.other},SCR,{test_api.today()},Y,1972,M,14,FT\n")
        body = {"name": words[:100] + ".csv", "csv": table, "form": "DM"}
        tried = self.act("coordinator-101", "/imports/try", body)
        self.act("coordinator-101", "/imports", dict(body, sha256=tried.get("sha256", "")))
        empty = self.grounds.client("study-builder").call(
            "GET", "/instrument-texts/QIDSSR16/template.csv")
        rows = list(csv.reader(io.StringIO(empty.decode())))
        filled = io.StringIO()
        csv.writer(filled, lineterminator="\n").writerows(
            rows[:1] + [[*row[:2], words[:60], *row[3:]] for row in rows[1:]])
        body = {"instrument": "QIDSSR16", "language": "en", "csv": filled.getvalue(),
                "reference": words[:150], "given_by": words[:150], "permitted_on": str(test_api.today())}
        tried = self.act("study-builder", "/instrument-texts/try", body)
        self.act("study-builder", "/instrument-texts", dict(body, sha256=tried.get("sha256", "")))
