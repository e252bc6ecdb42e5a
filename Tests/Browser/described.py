"""Whether an answer of the API is what the served description says, told without any library."""
import json
import re
import urllib.request

KNOWN = {}


def operations(address):
    """The described operations of a server: method, pattern, operation."""
    if address not in KNOWN:
        with urllib.request.urlopen(address + "/api/v1/openapi.json", timeout=20) as answer:
            paths = json.load(answer)["paths"]
        # Fixed words come before names in braces, as in the server.
        KNOWN[address] = sorted(
            ((method.upper(), re.compile(re.sub(r"\{\w+\}", "[^/]+", re.escape(path).replace(r"\{", "{")
                                                .replace(r"\}", "}")) + "$"), operation)
             for path, methods in paths.items() for method, operation in methods.items()),
            key=lambda one: one[1].pattern.count("[^/]+"))
    return KNOWN[address]


def fault(value, schema, place="the body"):
    """What of a value departs from a schema, None when nothing does."""
    if "anyOf" in schema:
        return None if any(fault(value, kind) is None for kind in schema["anyOf"]) else f"{place} fits none"
    kind = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "array": list,
            "object": dict}.get(schema.get("type"), object)
    if not isinstance(value, kind) or isinstance(value, bool) and schema.get("type") in ("integer", "number"):
        return f"{place} is no {schema['type']}"
    if isinstance(value, list):
        found = (fault(one, schema.get("items", {}), place + "[]") for one in value)
        return next(filter(None, found), None)
    if isinstance(value, dict):
        members = schema.get("properties", {})
        others = schema.get("additionalProperties", {})
        for name in schema.get("required", []):
            if name not in value:
                return f"{place} has no {name}"
        for name, one in value.items():
            inner = members.get(name, others)
            if inner is False:
                return f"{place} has {name}, which is not described"
            told = fault(one, inner if isinstance(inner, dict) else {}, f"{place}.{name}")
            if told:
                return told
    return None


def departure(address, method, path, status, kind, body):
    """What of an answer is not described, None when all is."""
    path = "/api/v1" + path.split("?")[0]
    found = [one for one in operations(address) if one[0] == method and one[1].match(path)]
    if not found:
        return f"{method} {path} is not described"
    responses = found[0][2]["responses"]
    if str(status) not in responses:
        return f"{status} is not described"
    content = responses[str(status)].get("content", {})
    kind = kind.split(";")[0]
    if kind not in content:
        return f"the type {kind} is not described"
    schema = content[kind].get("schema", {})
    return fault(json.loads(body), schema) if kind == "application/json" and "$ref" not in schema else None
