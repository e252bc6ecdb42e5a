"""Counts what the sample files define, with Python's own readers: the expected numbers of the tests.

Run it in this folder: python3 count.py > counts.json
"""
import collections
import csv
import json
import pathlib
import xml.etree.ElementTree as tree

REDCAP = "{https://projectredcap.org}"


def local(element):
    return element.tag.split("}")[-1]


def find(root, name):
    return [element for element in root.iter() if local(element) == name]


def children(element, name):
    return [child for child in element if local(child) == name]


def odm(path):
    """Forms with the distinct items they ask for that are defined, by OID, and the visits."""
    root = tree.parse(path).getroot()
    groups = {}
    for group in find(root, "ItemGroupDef"):
        groups.setdefault(group.get("OID"), group)
    items = {item.get("OID") for item in find(root, "ItemDef")}
    named = {ref.get("ItemGroupOID") for event in find(root, "StudyEventDef") for ref in event}
    forms = find(root, "FormDef") or [
        group for group in find(root, "ItemGroupDef")
        if group.get("Type") == "Form" or group.get("OID") in named
    ]

    def inside(element, found):
        for child in element:
            if local(child) == "ItemRef" and child.get("ItemOID") in items:
                if child.get("ItemOID") not in found:
                    found.append(child.get("ItemOID"))
            elif local(child) == "ItemGroupRef" and child.get("ItemGroupOID") in groups:
                inside(groups[child.get("ItemGroupOID")], found)
        return found

    lists = {
        codes.get("OID"): len([c for c in codes if local(c) in ("CodeListItem", "EnumeratedItem")])
        for codes in find(root, "CodeList")
    }
    return {
        "visits": [event.get("OID") for event in find(root, "StudyEventDef")],
        "forms": {form.get("OID"): inside(form, []) for form in forms},
        "codes": {
            item.get("OID"): lists[ref.get("CodeListOID")]
            for item in find(root, "ItemDef") for ref in children(item, "CodeListRef")
            if ref.get("CodeListOID") in lists and item.get("DataType") != "boolean"
        },
        "arms": [arm.get("OID") for arm in find(root, "Arm")],
    }


def redcap_xml(path):
    root = tree.parse(path).getroot()
    items = {}
    for item in find(root, "ItemDef"):
        items.setdefault(item.get("OID"), item)
    groups = {group.get("OID"): group for group in find(root, "ItemGroupDef")}
    forms = collections.OrderedDict()
    for form in find(root, "FormDef"):
        names = []
        for group in children(form, "ItemGroupRef"):
            for ref in children(groups[group.get("ItemGroupOID")], "ItemRef"):
                name = items[ref.get("ItemOID")].get(REDCAP + "Variable")
                kind = items[ref.get("ItemOID")].get(REDCAP + "FieldType")
                if name not in names and kind != "file":
                    names.append(name)
        forms[form.get(REDCAP + "FormName")] = names
    return {
        "visits": [event.get(REDCAP + "UniqueEventName") for event in find(root, "StudyEventDef")],
        "forms": forms,
    }


def redcap_csv(path):
    forms = collections.OrderedDict()
    choices = {}
    with open(path, newline="", encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            name, kind = row["Variable / Field Name"], row["Field Type"]
            if kind != "file":
                forms.setdefault(row["Form Name"], []).append(name)
            if kind in ("radio", "dropdown", "checkbox"):
                choices[name] = len(row["Choices, Calculations, OR Slider Labels"].split("|"))
    return {"forms": forms, "codes": choices}


here = pathlib.Path(__file__).parent
counts = {}
for folder in ("odm-1.3.2", "odm-2.0"):
    for path in sorted((here / folder).glob("*.xml")):
        counts[f"{folder}/{path.name}"] = odm(path)
for path in sorted((here / "redcap").glob("*.xml")):
    counts[f"redcap/{path.name}"] = redcap_xml(path)
counts["redcap/dictionary.csv"] = redcap_csv(here / "redcap/dictionary.csv")
print(json.dumps(counts, indent=1))
