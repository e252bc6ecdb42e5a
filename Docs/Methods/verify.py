"""Checks every allocation of a trial: python3 verify.py BUNDLE. Numbers in comments: sections of the specification."""
import bisect, functools, hashlib, hmac, itertools, json, math, re, struct, sys, unicodedata
sha, mac = lambda data: hashlib.sha256(data).digest(), lambda key, message: hmac.digest(key, message, "sha256")
def need(holds, code, index): holds or sys.exit(print(f"failed: {code} at {index}") or 1)  # the first failure ends
def whole(text): return int(text if text != "-0" and abs(int(text)) < 2**53 else "not canonical")  # 1: canonical JSON
def fields(p): return dict(p) if len({k for k, _ in p if re.fullmatch("[a-z0-9_]+", k)}) == len(p) else int("no keys")
def unhex(text): return bytes.fromhex(text if re.fullmatch("[0-9a-f]*", text) else "not canonical")
def canonical(value): return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
P, ORDER = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493  # 8: Ed25519, RFC 8032, extended coordinates
D, I = -121665 * pow(121666, -1, P) % P, pow(2, (P - 1) // 4, P)
def add(p, q):
    a, b, c, d = (p[1] - p[0]) * (q[1] - q[0]), (p[1] + p[0]) * (q[1] + q[0]), 2 * D * p[3] * q[3], 2 * p[2] * q[2]
    e, f, g, h = (b - a) % P, (d - c) % P, (d + c) % P, (b + a) % P; return e * f % P, g * h % P, f * g % P, e * h % P
multiples = functools.cache(lambda p: [[*itertools.accumulate([q] * 255, add, initial=(0, 1, 1, 0))] for q in
    [*itertools.accumulate(range(255), lambda q, _: add(q, q), initial=p)][::8]])  # one row for each byte of a factor
def times(k, p): return functools.reduce(add, (row[byte] for row, byte in zip(multiples(p), k.to_bytes(32, "little"))))
def point(data):
    sign, y = divmod(int.from_bytes(data, "little"), 2**255); square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    roots = [pow(square, (P + 3) // 8, P) * unit % P for unit in (1, -1, I, -I)]
    return next((x, y, 1, x * y % P) for x in roots if x * x % P == square and x % 2 == sign and y < P)
def signs(key, signature, message):
    r, s, (x, y, z, t) = signature[:32], int.from_bytes(signature[32:], "little"), point(key)
    h = int.from_bytes(hashlib.sha512(r + key + message).digest(), "little") % ORDER
    x, y, z, t = add(times(s, point(b"\x58" + b"\x66" * 31)), times(h, (P - x, y, z, P - t)))
    return s < ORDER and r == (y * pow(z, -1, P) % P + (x * pow(z, -1, P) % P % 2 << 255)).to_bytes(32, "little")
def middle(low, high): return low + 2**((high - low - 1).bit_length() - 1)  # of the Merkle tree of RFC 9162
root = functools.cache(lambda low, high: (leaves[low] if low < high else sha(b"")) if high - low < 2 else
                       sha(b"\1" + root(low, middle(low, high)) + root(middle(low, high), high)))
def tape(material):  # 3: the generator
    key, value = bytes(32), b"\1" * 32
    for text in b"\0" + material, b"\1" + material: key = mac(key, value + text); value = mac(key, value)
    while True:
        for _ in range(2): value = mac(key, value); yield from struct.unpack(">4Q", value)
        key = mac(key, value + b"\0"); value = mac(key, value)
def uniform(words, n): return next(word for word in words if word < 2**64 // n * n) % n
def plus(counts, u): return tuple(sorted(n + (v == u) for v, n in enumerate(counts)))
ways = functools.cache(lambda counts, left, mti: sum(ways(plus(counts, u), left - 1, mti) for u in range(len(counts)))
                       if left > 0 and max(counts) - min(counts) <= mti else int(max(counts) == min(counts)))
MEASURES = {"range": lambda x: max(x) - min(x), "variance": lambda x: len(x) * sum(v * v for v in x) - sum(x)**2,
            "sd": lambda x: math.isqrt(MEASURES["variance"](x) * 2**32), "marginal_balance": lambda x:
            2**32 * sum(abs(v - w) for v, w in itertools.combinations(x, 2)) // ((len(x) - 1) * sum(x))}
def weights(m, r, n, part, size, tables):  # 6: of units with ratios r and counts n, `part` of them in the open block
    kind, every, R, (a, b) = m["type"], range(len(r)), sum(r), m.get("p", (1, 1))
    if kind in ("simple", "block"): return [size // R * r[u] - part[u] if size else r[u] for u in every]
    if kind == "block_urn": return [(m["lambda"] + min(n[v] // r[v] for v in every)) * r[u] - n[u] for u in every]
    if kind == "big_stick": return [int(n[u] + 1 - min(n) <= m["mti"]) for u in every]
    if kind == "maximal": return [ways(plus(part, u), size - sum(part) - 1, m["mti"]) for u in every]
    if kind == "urn": return [m["alpha"] + m["beta"] * (sum(n) - c) + (m["alpha"] + sum(n) == 0) for c in n]
    if kind == "minimization": n = [sum(weight * MEASURES[m["measure"]](
        [(counts[v] + (v == u)) * math.lcm(*r) // r[v] for v in every]) for weight, counts in tables) for u in every]
    tied, low, c = [u for u in every if n[u] == min(n)], min(r), b - a  # if every ratio is 1, this is coin(S, T, a, b):
    return [sum(r[t] * (b * (R - low) - (R - r[t]) * c if t == u else r[u] * c) for t in tied) for u in every]
PARTS = {"T": r'"(\\.|[^"\\]){1,255}"', "A": r'"(\\.|[^"\\]){1,64}"', "K": '"[a-z0-9_]{1,64}"', "S": r'"(\\.|[^"\\])*"',
    "M": "([0-9]{1,3}|1000)", "B": "([1-9][0-9]{0,2}|1000)", "C": "([1-9][0-9]?|100)", "V": "(1?[1-9]|10|20)",
    "<": "{", ">": "}", "N": "[0-9]+", "H": '"[0-9a-f]{64}"', "L": '"[0-9a-f]{32}"', "X": '"([0-9a-f]{2})*"', "W":
    r'"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)\.\d{3}Z"'}  # in the forms below
FORM = {0: '{"arms":[({"id":A,"ratio":C},?)<2,16>],"caps":[({"max":N,"when":{(K:T,?)*}},?)*],"carry":(true|false),'
    '"correct":"(keep|apply)","epoch":N,"factors":[({"id":K,"levels":[(T,?)<1,500>]},?)*],"ledger":T,"method":{('
    '"type":"simple"|"sizes":[B(,B)<0,15>],"type":"block"|"lambda":C,"type":"block_urn"|"mti":C,"type":"big_stick"|'
    '"length":C,"mti":V,"type":"maximal"|"p":[B,B],"type":"biased_coin"|"alpha":M,"beta":B,"type":"urn"|"factors":'
    '[({"id":K,"weight":M},?)*],"measure":"(range|variance|sd|marginal_balance)","overall":M,"p":[B,B],"type":'
    '"minimization","unequal":"(slots|biased_coin)")},"strata":[(K,?)*],"v":1,"void":"(keep|drop)"}',
    1: '{"at":S,"body":0,"by":S,"i":N,"kind":S,"prev":H}', 2: '{"at":W,"ledger":L,"root":H,"size":N}', 3: "W",
    "open": '{"entropy_plan":S,"key":H,"ledger":L,"seed_commitment":H,"v":1}', "epoch": '{"commitment":H,"epoch":N}',
    "entropy": '{"epoch":N,"source":S,"value":X}', "correct": '{"levels":{(S:S,?)*},"reason":S,"subject":S}',
    "allocate": '{"epoch":N,"levels":{(S:S,?)*},"rid":S,"seal":H,"seq":N,"subject":S}', "close": '{"reason":S}',
    "void": '{"reason":S,"subject":S}', "unblind": '{"reason":S,"subject":S}', "note": '{"text":S}'}
FORM = {k: re.sub(r"[][{}]", r"\\\g<0>", form).translate(str.maketrans(PARTS)).encode() for k, form in FORM.items()}
def fits(kind, value): return re.fullmatch(FORM[kind], canonical(value))
def formed(e): return fits(1, e | {"body": 0}) and (e["kind"] not in FORM or fits(e["kind"], e["body"]) and
    fits(3, e["at"]) and max(v for v in [0, *e["body"].values()] if type(v) is int) < 2**32)
def units(s):  # the arms with their ratios, or as many slots of each, all of one ratio
    by_arm = s["method"]["type"] in ("simple", "block", "block_urn") or s["method"].get("unequal") == "biased_coin"
    return {(a["id"], slot): a["ratio"] if by_arm else 1 for a in s["arms"] for slot in range(by_arm or a["ratio"])}
def is_scheme(s, before):  # 2, 6, 7: and whether it may follow the one before
    m, levels, ratios = s["method"], {f["id"]: f["levels"] for f in s["factors"]}, [arm["ratio"] for arm in s["arms"]]
    r, weighed, minimized = [*units(s).values()], m.get("factors", []), [f["id"] for f in m.get("factors", [])]
    R, (a, b), sizes, length = sum(ratios), m.get("p", (1, 1)), m.get("sizes", [sum(ratios)]), m.get("length", 0)
    unique = all(len({*x}) == len(x) for x in ([a["id"] for a in s["arms"]], s["strata"] + minimized, *levels.values()))
    return (s["ledger"] == opening["ledger"] and R <= 60 and math.gcd(*ratios) == 1 and len(levels) == len(s["factors"])
        and {*s["strata"], *minimized} <= {*levels} and sizes == sorted({*sizes}) and not any(x % R for x in sizes)
        and fits(0, s) and unique and all(cap["when"][f] in levels.get(f, ()) for cap in s["caps"] for f in cap["when"])
        and a <= b and a * sum(r) >= b * min(r) and m.get("overall", 1) + sum(f["weight"] for f in weighed) > 0
        and length % len(r) == 0 and len(r)**length <= 2**63 and (not s["carry"] or before is not None
            and [s["epoch"] - 1, s["strata"], m["type"], m.get("unequal")] ==
                [before["epoch"], before["strata"], "minimization", before["method"].get("unequal")]
            and all(arm in before["arms"] for arm in s["arms"]) and {*minimized} <= {f["id"] for f in before["factors"]}
            and all({*f["levels"]} <= {*levels[f["id"]]} for f in before["factors"] if f["id"] in minimized)))
step, data = ("format", 0), open(sys.argv[1], "rb").read()  # 8, 4, 5, 7; what cannot be read fails at this step
sys.excepthook = lambda *error: print("failed: {} at {}".format(*step))
bundle = json.loads(data.decode(), object_pairs_hook=fields, parse_int=whole, parse_float=int, parse_constant=int)
text = re.sub(r'\\[\\"]', "_", canonical(bundle).decode())  # any backslash left escapes a control character
need(unicodedata.is_normalized("NFC", text) and not re.search(r"[\\\x7f]", text), "format", 0)
entries, leaves = bundle["entries"], [sha(b"\0" + canonical(entry)) for entry in bundle["entries"]]
need({"entries", "heads"} <= {*bundle} <= {"entries", "heads", "seed", "schemes", "arms"}, "format", 0)
for i, (entry, before) in enumerate(zip(entries, [bytes(32), *leaves])):
    step = "index", i; need(entry["i"] == i, "index", i); need(entry.get("prev") == before.hex(), "chain", i)
step = "open", 0; need(formed(entries[0]) and entries[0]["kind"] == "open", "open", 0)
opening, ledger = entries[0]["body"], unhex(entries[0]["body"]["ledger"])
for i, signed in enumerate(bundle["heads"]):
    step = "signature", i; head, sig = map(signed.pop, ("head", "sig"))
    need(not signed and signs(unhex(opening["key"]), unhex(sig), b"head/v1" + canonical(head)), *step)
    need(fits(2, head) and head["ledger"] == opening["ledger"] and head["size"] in range(len(entries) + 1)
            and head["root"] == root(0, head["size"]).hex(), "fork", i)
if "seed" not in bundle: sys.exit(print(f"chain verified: {len(entries)} entries"))
step = "seed", 0; seed = unhex(bundle["seed"]); need(sha(b"seed/v1" + seed).hex() == opening["seed_commitment"], *step)
rows, rids, history, scheme, due, number, oldest, closed = {}, set(), {}, None, None, 0, 0, False
for i, entry in enumerate(entries[1:], 1):
    step = "format", i; need(formed(entry), *step); kind, body = entry["kind"], entry["body"]
    if kind == "epoch":
        number, opened = number + 1, b"scheme/v1" + mac(seed, b"scheme-nonce/v1" + struct.pack(">I", number + 1))
        due = next((s for s in bundle.get("schemes", ()) if sha(opened + canonical(s)).hex() == body["commitment"]), {})
        step = "scheme", i; need(due.get("epoch") == body["epoch"] == number, *step)
    elif kind == "entropy":
        need(due and body["epoch"] == number, "entropy", i); step = "scheme", i; need(is_scheme(due, scheme), *step)
        scheme, due, m, r, value = due, None, due["method"], units(due), unhex(body["value"])
        master = mac(seed, b"master/v1" + ledger + struct.pack(">II", number, len(value)) + value)
        oldest, those = oldest if scheme["carry"] else number, "corrected" if scheme["correct"] == "apply" else "levels"
    elif kind == "allocate":
        need(scheme and not due, "entropy", i)
        need(body["rid"] not in rids and body["subject"] not in rows, "duplicate", i)
        levels, factors = body["levels"], {f["id"]: f["levels"] for f in scheme["factors"]}
        need(not closed and levels.keys() == factors.keys() and all(levels[f] in factors[f] for f in factors)
            and all(sum(cap["when"].items() <= row["levels"].items() for row in rows.values()) < cap["max"]
                    for cap in scheme["caps"] if cap["when"].items() <= levels.items()), "refusable", i)
        named = [text.encode() for f in scheme["strata"] for text in (f, levels[f])]
        stratum = b"".join(struct.pack(">H", len(text)) + text for text in named)
        earlier = history.setdefault(stratum, []); place = struct.pack(">Q", len(earlier) + 1) + stratum
        need((body["epoch"], body["seq"]) == (number, len(earlier) + 1), "sequence", i)
        words = tape(master + ledger + b"alloc/v1" + struct.pack(">I", number) + place)
        past = [row["unit"] for row in earlier if row["epoch"] == number]
        start, size = earlier[-1]["block"] if past else (0, 0)
        if m["type"] in ("block", "maximal") and len(past) == start + size:
            start, size = len(past), m.get("length") or m["sizes"][uniform(words, len(m["sizes"]))]
        alike = [row for row in earlier if row["epoch"] >= oldest and not (row["void"] and scheme["void"] == "drop")]
        weighed = [(f["id"], f["weight"]) for f in m.get("factors", ())] + [("", m.get("overall", 0))]
        like = {f: [row["unit"] for row in alike if row[those].get(f) == levels.get(f)] for f, w in weighed if w}
        tables = [(weight, [like[f].count(unit) for unit in r]) for f, weight in weighed if weight]
        n, part = ([drawn.count(unit) for unit in r] for drawn in (past, past[start:]))
        ends = [*itertools.accumulate(weights(m, [*r.values()], n, part, size, tables))]
        unit = [*r][bisect.bisect(ends, uniform(words, ends[-1]))]
        need(mac(mac(master, b"seal/v1" + place), b"arm/v1" + unit[0].encode()).hex() == body["seal"], "allocation", i)
        row = dict(unit=unit, epoch=number, block=(start, size), levels=levels, corrected={**levels}, void=False)
        rows[body["subject"]] = row; earlier.append(row); rids.add(body["rid"])
    elif kind == "void": step = "subject", i; rows[body["subject"]]["void"] = True
    elif kind == "correct": step = "subject", i; rows[body["subject"]]["corrected"].update(body["levels"])
    else: need(kind in ("unblind", "note", "close"), "kind", i); closed = closed or kind == "close"
step, arms, told = ("arms", 0), {subject: row["unit"][0] for subject, row in rows.items()}, bundle.get("arms", ())
for i, row in enumerate(told): step = "arms", i; need(arms.pop(row.pop("subject")) == row.pop("arm") and not row, *step)
need("arms" not in bundle or not arms, "arms", len(told)); print(f"verified: {len(entries)} entries")
