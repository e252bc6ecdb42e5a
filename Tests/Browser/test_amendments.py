"""An amendment from the draft to the site, and a file of data from the trial to the entry, as people do it."""

import pathlib

import pytest

from api_client import Client, Refused
from conftest import training_server
from site_time import now
from test_api import header
from walk import PASSWORD

STUDY = pathlib.Path(__file__).parents[2] / "Docs" / "ReferenceTrial" / "kap-ect.yaml"


@pytest.fixture(scope="module")
def server():
    """A server of its own: an amendment in force would change the study under other tests."""
    with training_server() as address:
        yield address


@pytest.fixture(scope="module")
def program(server):
    return Client(server, "coordinator-101")


@pytest.fixture(scope="module")
def key(program):
    consent = dict(header(), icf_ver="1.0", icf_dt=now(), icf_copy="true", who_explained="coordinator-101",
                   opt_recording="true", opt_future="true", opt_remote="true")
    return program.call("POST", "/participants", {
        "initials": "AM", "birth_year": 1971, "sex": "M", "consent": consent})["participant"]


def table(key):
    today = header()["vdate"]
    return ("participant,visit,vdate,done,birth_year,sex,edu_years,employ\n"
            f"{key},SCR,{today},Y,1971,M,14,FT\n")


def test_a_file_is_tried_read_row_by_row_and_imported(people, key):
    coordinator = people("coordinator-101")
    coordinator.open("/import")
    coordinator.shot("50-import")
    coordinator.fill(form="DM", name="demographics.csv", csv=table(key).replace(",14,", ",140,"))
    coordinator.press("main button.primary")
    assert "refused" in coordinator.text() and "taken whole or not at all" in coordinator.text()
    coordinator.shot("51-import-refused")
    coordinator.open("/import")
    coordinator.fill(form="DM", name="demographics.csv", csv=table(key))
    coordinator.press("main button.primary")
    assert "Nothing is saved yet" in coordinator.text() and "cannot be undone" in coordinator.text()
    coordinator.shot("52-import-tried")
    coordinator.press("main button.primary")
    assert "demographics.csv" in coordinator.text()
    coordinator.open(f"/participants/{key}/forms/DM/SCR")
    assert "demographics.csv, row 2" in coordinator.text()
    coordinator.open("/import")
    coordinator.fill(form="DM", name="again.csv", csv=table(key))
    coordinator.press("main button.primary")
    assert "The same file was imported" in coordinator.text()


def test_a_broken_table_is_told_where_it_was_typed(people):
    coordinator = people("coordinator-101")
    coordinator.open("/import")
    coordinator.fill(form="DM", name="broken.csv", csv="participant,visit,colour\n101-0001,SCR,red\n")
    coordinator.press("main button.primary")
    assert "The column “colour” is no field of DM" in coordinator.text()
    coordinator.shot("53-import-broken")


def vitals(key, pressure):
    today = header()["vdate"]
    return f"participant,visit,vdate,done,sbp,dbp,hr\r\n{key},SCR,{today},Y,{pressure},80,64\r\n"


def upload(person, *files):
    """Chooses files from the disk, by name and text."""
    person.open("/import")
    person.page.set_input_files("main input[name=files]", [
        {"name": name, "mimeType": "text/csv", "buffer": text.encode()} for name, text in files])
    person.press("main button.primary")


def test_several_files_are_uploaded_as_one_import(people, program, key):
    coordinator = people("coordinator-101")
    medication = ("participant,visit,number,drug,start,ongoing\n"
                  f"{key},SCR,1,sertraline,2026-01,true\n")
    upload(coordinator, ("VS-march.csv", vitals(key, 300)), ("CM.csv", medication))
    assert "taken whole or not at all" in coordinator.text() and "VS-march.csv, 2" in coordinator.text()
    coordinator.shot("54-import-files-refused")
    upload(coordinator, ("VS-march.csv", vitals(key, 130)), ("CM.csv", medication))
    assert "Nothing is saved yet" in coordinator.text(), coordinator.text()
    coordinator.shot("55-import-files-tried")
    coordinator.press("main button.primary")
    # The ends of lines are those of the file: what was tried is what is imported.
    assert "VS-march.csv" in coordinator.text() and "CM.csv" in coordinator.text()
    coordinator.open(f"/participants/{key}/forms/VS/SCR")
    assert "VS-march.csv, row 2" in coordinator.text()
    upload(coordinator, ("march.csv", vitals(key, 131)))
    assert "begin the name of the file with it" in coordinator.text()
    coordinator.open("/import")
    coordinator.press("main button.primary")
    assert "Choose a file, or paste a table" in coordinator.text()
    tried = program.call("POST", "/imports/try", {"files": {
        "VS.csv": vitals(key, 131), "CM.csv": medication.replace("sertraline", "lithium")},
        "reason": "transcribed again"})
    assert [row["form"] for row in tried["rows"]] == ["CM", "VS"] and not tried["isSaved"]
    with pytest.raises(Refused) as refused:
        program.call("POST", "/imports/try", {"form": "VS"})
    assert refused.value.status == 422


def amended():
    text = STUDY.read_text(encoding="utf-8")
    for before, after in [
        ('version: "1.0"\n', 'version: "2.0"\n'),
        ('codes: { "1.0": "Version 1.0" }', 'codes: { "1.0": "Version 1.0", "2.0": "Version 2.0" }'),
        ("    title: Consent\n    class: open\n", "    title: Consent\n    repeating: true\n    class: open\n"),
        ("id: edu_years, label: Years of education, type: integer, range: [0, 30]",
         "id: edu_years, label: Years of education, type: integer, range: [0, 12]"),
        ("code: A1, title: Assessment 1, day: 8, window: [6, 10]",
         "code: A1, title: Assessment 1, day: 8, window: [5, 12]"),
    ]:
        assert before in text
        text = text.replace(before, after, 1)
    return text


def test_an_amendment_goes_from_the_draft_to_the_site_and_asks_for_consent_again(people, key):
    builder = people("study-builder")
    builder.open("/amendments")
    assert "There is no amendment" in builder.text()
    builder.press("main a:has-text('Load an amendment')")
    builder.fill(summary="Consent names the new risk.", reconsent="Y", source="study: [")
    builder.press("main button.primary")
    assert "Line 1" in builder.page.inner_text("body") or "Line 2" in builder.page.inner_text("body")
    builder.open("/amendments/new")
    builder.fill(summary="Consent names the new risk.", reconsent="Y")
    builder.page.evaluate("text => document.querySelector('textarea[name=source]').value = text", amended())
    builder.press("main button.primary")
    assert "Version 2.0" in builder.text() and "field edu_years of DM" in builder.text()
    builder.shot("54-amendment-draft")
    for name in ("data-manager", "data-manager-u"):
        reader = people(name)
        reader.open("/amendments/2.0")
        reader.press("main button:has-text('Try it on the data')")
        assert "Dry run of version 2.0" in reader.text()
        assert (key in reader.text()) == (name == "data-manager")
        # Whose visit would move stands with the visit, for who may know of it.
        assert ("on days 5 to 12" in reader.text()) == (name == "data-manager")
    people("data-manager").shot("55-dry-run")
    manager = people("data-manager")
    manager.open("/amendments/2.0")
    if manager.page.locator("main input[type=password]").count():
        manager.page.fill("main input[type=password]", PASSWORD)
    manager.press("main button:has-text('Approve version 2.0')")
    assert "approved" in manager.text()
    lead = people("sponsor-lead")
    lead.open("/amendments/2.0")
    today = header()["vdate"]
    lead.fill(site="101", ethics=today, reference="REC 27/LO/0144", **{"from": today})
    lead.press("main button:has-text('Put it in force')")
    assert "REC 27/LO/0144" in lead.text()
    lead.shot("56-in-force")
    lead.open("/sites")
    row = lead.page.inner_text("main tr:has-text('101')")
    other = lead.page.inner_text("main tr:has-text('104')")
    assert "2.0" in row and "1.0" in other
    coordinator = people("coordinator-101")
    coordinator.open("/")
    assert "Ask for consent again" in coordinator.text()
    coordinator.open("/reconsent")
    assert key in coordinator.text()
    coordinator.shot("57-consent-again")
    # What was entered keeps the questions that were asked.
    coordinator.open(f"/participants/{key}/forms/DM/SCR")
    assert "1.0" in coordinator.text()


def test_the_api_tells_the_same_and_hides_amendments_from_who_may_not_know(server, key):
    manager = Client(server, "data-manager")
    found = manager.call("GET", "/amendments")
    assert [one["version"] for one in found] == ["2.0"] and found[0]["inForce"][0]["site"] == "101"
    run = manager.call("POST", "/amendments/2.0/dry-run")
    assert run["classes"] == ["open", "outcome"] and isinstance(run["findings"], list)
    assert manager.call("GET", "/amendments/2.0/dry-run.csv").decode().startswith("participant,site,")
    coordinator = Client(server, "coordinator-101")
    for path in ("/amendments", "/amendments/2.0/changes"):
        with pytest.raises(Refused) as refused:
            coordinator.call("GET", path)
        assert refused.value.status == 404
    tasks = coordinator.call("GET", "/reconsent-tasks")
    assert key in [task["participant"] for task in tasks]
    tried = coordinator.call("POST", "/imports/try", {"name": "a.csv", "form": "DM", "csv": table(key)})
    assert tried["known"] and not tried["isAcceptable"]
