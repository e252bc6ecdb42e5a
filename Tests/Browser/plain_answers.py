"""The plainest answers to the forms that carry no story of their own, read from the shipped instruments."""
import pathlib
import re

LIBRARY = pathlib.Path(__file__).parents[2] / "Docs" / "ReferenceTrial" / "instruments.yaml"


def instrument(name):
    """The lowest answer to every item of an instrument."""
    text = LIBRARY.read_text(encoding="utf-8").split(f"  - id: {name}\n")[1].split("\n  - id: ")[0]
    items = text.split("    outputs:")[0]
    found = re.findall(r"\{ id: (\w+), .*?range: \[(-?\d+), -?\d+\]", items)
    assert found, name
    return {item: low for item, low in found}


RATINGS = ("CGI", "YMRS", "BPRSP")
QUESTIONNAIRES = ("PHQ9", "GAD7", "SMCQ", "GSEMY", "QOLS16", "QLESQSF", "WHODAS12")
SUBSTANCES = ("amphetamine", "cocaine", "opiates", "benzodiazepines", "cannabis", "phencyclidine", "ketamine")


def baseline_forms(header):
    """Who enters what at baseline beside the forms the tests speak of."""
    return [
        ("coordinator-101", "UDS", dict(header, **{name: "NEG" for name in SUBSTANCES})),
        ("coordinator-101", "PREF", dict(header, pref="NONE", pref_strength="0", would_decline="NONE")),
        ("cog-assessor-101", "HVLTR", dict(header, form_version="1", **instrument("HVLTR"))),
    ]
