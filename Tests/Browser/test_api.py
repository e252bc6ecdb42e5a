"""The journey as API calls: consent to the arm, blind at every step."""
import datetime
import json

import pytest

from api_client import Client, Refused
from plain_answers import QUESTIONNAIRES, RATINGS, baseline_forms, instrument
from site_time import now, today

ARMS = ("KET", "KAP", "ECT")


def header():
    return {"vdate": str(today()), "done": "Y"}


def save(client, participant, form, visit, answers, version=0):
    return client.call(
        "POST", f"/participants/{participant}/forms/{form}/{visit}",
        {"answers": answers, "version": version, "submit": True})


RATERS = {}


def rater_client(server, number):
    """A rater signed in once: a one-time code works only once."""
    if number not in RATERS:
        RATERS[number] = Client(server, f"rater-{number}")
    return RATERS[number]


def rate(server, coordinator, participant, visit, total):
    address = f"/participants/{participant}/ratings/{visit}"
    starts = coordinator.call("GET", address)["times"][0]
    with pytest.raises(Refused) as other:
        coordinator.call("POST", address, {"starts_at": now()})
    assert other.value.status == 409 and other.value.body["code"] == "time_not_offered"
    coordinator.call("POST", address, {"starts_at": starts})
    for number in (1, 2, 3):
        rater = rater_client(server, number)
        for task in rater.call("GET", "/desk"):
            if task["state"] != "booked":
                continue
            assert participant not in json.dumps(task) and visit not in json.dumps(task)
            token = task["token"]
            with pytest.raises(Refused) as early:
                rater.call("POST", f"/desk/{token}/record",
                           {"answers": {"guess": "DK", "certainty": "1", "disclosed": "N"}})
            assert early.value.body["code"] == "EC-RBR-01"
            items = [total // 10 + (1 if index < total % 10 else 0) for index in range(10)]
            answers = {f"m{index + 1:02d}": str(item) for index, item in enumerate(items)}
            answers.update(mode="VIDEO", start=now(-30), end=now(-5))
            rater.call("POST", f"/desk/{token}/MADRS", {"answers": answers, "version": 0, "submit": True})
            call = {name: answers[name] for name in ("mode", "start", "end")}
            for form in RATINGS:
                rater.call("POST", f"/desk/{token}/{form}",
                           {"answers": dict(call, **instrument(form)), "version": 0, "submit": True})
            rater.call("POST", f"/desk/{token}/record",
                       {"answers": {"guess": "DK", "certainty": "1", "disclosed": "N"}})
            return
    raise AssertionError("no rater had the task")


@pytest.fixture(scope="module")
def people(server):
    return {name: Client(server, name) for name in
            ("coordinator-101", "investigator-101", "treat-coordinator-101")}


def eligible(server, people, initials, year):
    coordinator, investigator = people["coordinator-101"], people["investigator-101"]
    consent = dict(header(), icf_ver="1.0", icf_dt=now(), icf_copy="true", who_explained="coordinator-101",
                   opt_recording="true", opt_future="true", opt_remote="true")
    participant = coordinator.call("POST", "/participants", {
        "initials": initials, "birth_year": year, "sex": "M", "consent": consent})["participant"]
    investigator.call("POST", f"/participants/{participant}/forms/ICF/SCR/sign",
                      {"version": 1, "password": "a day of training"})
    save(coordinator, participant, "DM", "SCR",
         dict(header(), birth_year=str(year), sex="M", edu_years="12", employ="FT"))
    for visit, version in (("SCR", "screen"), ("BL", "slc")):
        save(coordinator, participant, "PREG", visit, dict(header(), ptype="NA", na_reason="male"))
        save(coordinator, participant, "CSSRSS", visit,
             dict(header(), version=version, q1="Y", q2="N", q6="N"))
        rate(server, coordinator, participant, visit, 36)
        link = coordinator.call("POST", f"/participants/{participant}/questionnaires/QIDSSR16/{visit}")["link"]
        Client(server).call("POST", f"/questionnaires/{link}",
                            {"answers": {f"q{index:02d}": "1" for index in range(1, 17)}})
    for form in QUESTIONNAIRES:
        link = coordinator.call("POST", f"/participants/{participant}/questionnaires/{form}/BL")["link"]
        Client(server).call("POST", f"/questionnaires/{link}", {"answers": instrument(form)})
    for user, form, answers in baseline_forms(header()):
        if user not in people:
            people[user] = Client(server, user)
        save(people[user], participant, form, "BL", answers)
    criteria = {f"{kind}{index:02d}": ("Y" if kind == "I" else "N") for kind in "IE" for index in range(1, 13)}
    save(coordinator, participant, "ELIG", "SCR", dict(header(), **criteria))
    investigator.call("POST", f"/participants/{participant}/forms/ELIG/SCR/sign",
                      {"version": 1, "password": "a day of training"})
    until = str(today() + datetime.timedelta(days=7))
    save(people["treat-coordinator-101"], participant, "SLOT", "RND",
         {"allslot": "Y", "by": "treat-coordinator-101", "valid_until": until})
    save(coordinator, participant, "RANDREQ", "RND", {"setting": "OUT", "confirm": "true"})
    return participant


def test_a_participant_goes_from_consent_to_an_arm_only_the_treatment_team_sees(server, people):
    coordinator, team = people["coordinator-101"], people["treat-coordinator-101"]
    participant = eligible(server, people, "AB", 1970)
    with pytest.raises(Refused) as unproved:
        coordinator.call("POST", f"/participants/{participant}/randomize",
                         {"password": "not the password"}, key="a-request-key-0001")
    assert unproved.value.status == 422 and unproved.value.body["code"] == "not_ready"
    assert [fault["code"] for fault in unproved.value.body["faults"]] == ["RND-14"]
    receipt = coordinator.call("POST", f"/participants/{participant}/randomize",
                               {"password": "a day of training"}, key="a-request-key-0001")
    assert receipt["sentence"] == "The treatment team has been informed."
    assert not any(arm in json.dumps(receipt) for arm in ARMS)
    again = coordinator.call("POST", f"/participants/{participant}/randomize", {}, key="a-request-key-0001")
    assert again == receipt
    revealed = team.call("POST", f"/allocations/{participant}/acknowledge", {"password": "a day of training"})
    assert revealed["arm"] in ARMS
    with pytest.raises(Refused) as hidden:
        coordinator.call("GET", f"/allocations/{participant}")
    with pytest.raises(Refused) as absent:
        coordinator.call("GET", "/allocations/101-9999")
    assert (hidden.value.status, hidden.value.body) == (absent.value.status, absent.value.body)
    assert hidden.value.status == 404


def test_a_blinded_person_knows_no_visit_of_treatment(server, people):
    coordinator = people["coordinator-101"]
    consent = dict(header(), icf_ver="1.0", icf_dt=now(), icf_copy="true", who_explained="coordinator-101",
                   opt_recording="true", opt_future="true", opt_remote="true")
    participant = coordinator.call("POST", "/participants", {
        "initials": "TV", "birth_year": 1979, "sex": "M", "consent": consent})["participant"]
    answers = {}
    for visit in ("K1", "E1", "P1", "NONE1"):
        with pytest.raises(Refused) as refused:
            coordinator.call("GET", f"/participants/{participant}/forms/WDR/{visit}")
        answers[visit] = (refused.value.status, refused.value.body)
    assert len({str(answer) for answer in answers.values()}) == 1 and answers["K1"][0] == 404
    assert coordinator.call("GET", f"/participants/{participant}/forms/WDR/UNS")["version"] == 0


def test_an_unready_participant_is_refused_with_codes_and_nothing_is_consumed(server, people):
    coordinator = people["coordinator-101"]
    consent = dict(header(), icf_ver="1.0", icf_dt=now(), icf_copy="true", who_explained="coordinator-101",
                   opt_recording="true", opt_future="true", opt_remote="true")
    participant = coordinator.call("POST", "/participants", {
        "initials": "ZZ", "birth_year": 1981, "sex": "F", "consent": consent})["participant"]
    with pytest.raises(Refused) as refused:
        coordinator.call("POST", f"/participants/{participant}/randomize",
                         {"password": "a day of training"}, key="a-request-key-0002")
    assert refused.value.status == 422
    codes = {fault["code"] for fault in refused.value.body["faults"]}
    assert {"RND-02", "RND-03", "RND-04"} <= codes and "RND-01" not in codes


def test_malformed_and_oversized_requests_get_a_sentence(server, people):
    """REQ-072: what cannot be read is answered with a sentence and nothing of the server."""
    coordinator = people["coordinator-101"]
    for body, status in (({"initials": "AB"}, 400), ({"surprise": 1}, 400)):
        with pytest.raises(Refused) as refused:
            coordinator.call("POST", "/participants", body)
        assert refused.value.status == status and refused.value.body["sentence"]
    with pytest.raises(Refused) as large:
        coordinator.call("POST", "/participants", {"initials": "A" * 2_000_000})
    assert large.value.status == 413
    with pytest.raises(Refused) as unsigned:
        Client(server).call("GET", "/participants")
    assert unsigned.value.status == 401


def test_a_program_sends_data_of_sixty_mebibytes_and_not_of_more_than_a_body_holds(server, people):
    """REQ-072, REQ-074: a file of data has a limit of its own, and is read up to it."""
    coordinator = people["coordinator-101"]

    def table(mebibytes):
        rows = "".join(f"101-999{row},SCR,{'x' * (mebibytes * 262_144)}\r\n" for row in range(4))
        return {"name": "large.csv", "form": "DM", "mapping": "remark = -",
                "csv": "participant,visit,remark\r\n" + rows}

    report = coordinator.call("POST", "/imports/try", table(60))
    assert [row["outcome"] for row in report["rows"]] == ["refused"] * 4, report
    assert [row["row"] for row in report["rows"]] == [2, 3, 4, 5]
    with pytest.raises(Refused) as large:
        coordinator.call("POST", "/imports/try", table(64))
    assert large.value.status == 413 and "64 MiB" in large.value.body["sentence"]
