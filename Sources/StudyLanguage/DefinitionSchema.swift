import StudyModel

/// The shape of definitions as JSON Schema (2020-12), for editors and for other programs.
///
/// It tells keys, types and enumerations. What a definition means, such as names that must exist or classes
/// that must fit, only the reader tells. A test holds every key of it against the keys the reader took.
public enum DefinitionSchema {
  /// The schema as JSON text, always the same bytes.
  public static var json: String {
    let shapes = all.filter { $0.name != root }
    let definitions = shapes.map { shape in
      "    \(quoted(shape.id)): \(object(shape, indent: "    "))"
    }
    let top = all.first { $0.name == root }.map { object($0, indent: "") } ?? "{}"
    let head = """
      {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://equipoise.example/study-definition.schema.json",
        "$comment": "Written by `equipoise study schema`; do not edit.",
      """
    let preconditions = WrittenPrecondition.allCases.map {
      "{ \"$ref\": \"#/$defs/\(ShapeKeys.identifier("a precondition \($0.rawValue)"))\" }"
    }
    return head + top.dropFirst().dropLast(2) + ",\n  \"$defs\": {\n"
      + definitions.joined(separator: ",\n") + ",\n    \"a_precondition\": { \"oneOf\": [\n      "
      + preconditions.joined(separator: ",\n      ") + "\n    ] }\n  }\n}\n"
  }

  static let root = "the definition"

  private static func object(_ shape: ShapeKeys, indent: String) -> String {
    let inner = indent + "  "
    let keys = shape.keys.map { "\(inner)  \(quoted($0.name)): \($0.value.json)" }
    let needed = shape.keys.filter(\.isNeeded).map { quoted($0.name) }.joined(separator: ", ")
    return "{\n\(inner)\"title\": \(quoted(shape.name)),\n\(inner)\"type\": \"object\",\n"
      + "\(inner)\"additionalProperties\": false,\n\(inner)\"required\": [\(needed)],\n"
      + "\(inner)\"properties\": {\n\(keys.joined(separator: ",\n"))\n\(inner)}\n\(indent)}"
  }

  static func quoted(_ text: String) -> String {
    "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }
}

/// What stands under a key.
indirect enum SchemaValue: Sendable {
  /// Any words, number or truth value: the reader takes them as the text they are.
  case text
  case formula
  case integer
  case number
  case truth
  case span
  case choice([String])
  case shape(String)
  case list(SchemaValue)
  /// A text of one of these beginnings, then a number.
  case numbered([String])
  /// A mapping whose keys the author chooses.
  case mapping(SchemaValue)
  case either(SchemaValue, SchemaValue)

  var json: String {
    switch self {
    case .text: "{ \"type\": [\"string\", \"number\", \"boolean\"] }"
    case .formula:
      "{ \"type\": [\"string\", \"number\", \"boolean\"], \"description\": \"a formula\" }"
    case .integer: "{ \"type\": \"integer\" }"
    case .number: "{ \"type\": \"number\" }"
    case .truth: "{ \"type\": \"boolean\" }"
    case .span:
      "{ \"type\": \"array\", \"items\": { \"type\": \"number\" }, \"minItems\": 2, \"maxItems\": 2 }"
    case .choice(let values):
      "{ \"enum\": [" + values.map(DefinitionSchema.quoted).joined(separator: ", ") + "] }"
    case .numbered(let names):
      "{ \"type\": \"string\", \"pattern\": \"^(\(names.joined(separator: "|"))):-?[0-9]+([.][0-9]+)?$\" }"
    case .shape(let name): "{ \"$ref\": \"#/$defs/\(ShapeKeys.identifier(name))\" }"
    case .list(let item): "{ \"type\": \"array\", \"items\": \(item.json) }"
    case .mapping(let value): "{ \"type\": \"object\", \"additionalProperties\": \(value.json) }"
    case .either(let one, let other): "{ \"anyOf\": [\(one.json), \(other.json)] }"
    }
  }
}

/// The keys of one kind of mapping, under the words the reader calls it by.
struct ShapeKeys: Sendable {
  struct Key: Sendable {
    let name: String
    let value: SchemaValue
    let isNeeded: Bool
  }

  let name: String
  let keys: [Key]

  init(
    _ name: String, needs: KeyValuePairs<String, SchemaValue>,
    may: KeyValuePairs<String, SchemaValue> = [:]
  ) {
    self.name = name
    keys =
      needs.map { Key(name: $0.key, value: $0.value, isNeeded: true) }
      + may.map { Key(name: $0.key, value: $0.value, isNeeded: false) }
  }

  init(_ name: String, keys: [(String, SchemaValue)]) {
    self.name = name
    self.keys = keys.map { Key(name: $0.0, value: $0.1, isNeeded: true) }
  }

  var id: String { Self.identifier(name) }

  static func identifier(_ name: String) -> String { name.replacing(" ", with: "_") }
}

extension DefinitionSchema {
  private static let classes = SchemaValue.choice(DataClass.allCases.map(\.rawValue))
  private static let names = SchemaValue.list(.text)
  private static let spending = SchemaValue.either(
    .choice(SpendingRule.plainNames), .numbered(SpendingRule.numberedNames))
  private static func values<Choice: CaseIterable & RawRepresentable>(
    _: Choice.Type
  ) -> SchemaValue where Choice.RawValue == String { .choice(Choice.allCases.map(\.rawValue)) }

  /// Every kind of mapping a definition can hold.
  static let all: [ShapeKeys] =
    parts + people + plan + forms + instruments + randomization + analysis
    + conduct

  private static let parts: [ShapeKeys] = [
    ShapeKeys(
      root,
      needs: [
        "study": .shape("the study"), "arms": .list(.shape("an arm")),
        "roles": .list(.shape("a role")),
        "incompatible_roles": .list(.shape("an incompatibility")),
        "sites": .list(.shape("a site")), "visits": .list(.shape("a visit")),
        "instruments": .list(.shape("an instrument")), "forms": .list(.shape("a form")),
        "randomization": .shape("the randomization"),
        "hypotheses": .list(.shape("a hypothesis")), "lock": .shape("the lock plan"),
        "texts": .list(.shape("a text")),
      ],
      may: [
        "ever_unblinded_excludes_blinded": .truth,
        "primary_endpoint": .shape("the primary endpoint"),
        "analysis": .shape("the analysis"),
        "sample_size": .shape("the sample size"), "interim": .shape("the interim plan"),
        "alerts": .list(.shape("an alert plan")),
        "safety_clocks": .list(.shape("a safety clock")),
        "deviations": .list(.shape("a deviation")),
        "samples": .list(.shape("a sample")),
        "lifecycles": .list(.shape("a lifecycle")),
        "populations": .list(.shape("a population")),
        "estimands": .list(.shape("an estimand")),
        "secondary_endpoints": .list(.shape("a secondary endpoint")),
        "visibility": .list(.shape("a group of the matrix")),
        "monitoring": .shape("the monitoring committee"),
        "questionnaires": .shape("the questionnaires"), "ratings": .shape("the ratings"),
        "access_review": .shape("the review of access"),
      ]),
    ShapeKeys(
      "the study",
      needs: [
        "key": .text, "protocol": .text, "version": .text, "title": .text,
        "sponsor_contact": .text,
      ], may: ["zone": .text]),
    ShapeKeys("an arm", needs: ["code": .text, "title": .text], may: ["ratio": .integer]),
    ShapeKeys("a text", needs: ["id": .text, "text": .text]),
  ]

  private static let people: [ShapeKeys] = [
    ShapeKeys(
      "a role",
      needs: [
        "id": .text, "title": .text, "blinding": values(Blinding.self), "scope": values(Scope.self),
        "capabilities": .list(values(Capability.self)), "purpose": .text,
      ],
      may: [
        "classes": .list(classes), "own_entries_only": .list(classes), "needed_at_sites": .truth,
        "time_limited": .truth,
      ]),
    ShapeKeys(
      "an incompatibility", needs: ["roles": names],
      may: [
        "with": names, "with_all": .truth, "with_unblinded": .truth, "with_site_roles": .truth,
      ]),
    ShapeKeys(
      "a site",
      needs: [
        "key": .text, "title": .text, "country": .text, "zone": .text, "emergency_contact": .text,
      ], may: ["cap": .integer, "consent_versions": .mapping(.text)]),
    ShapeKeys(
      "a group of the matrix",
      needs: [
        "id": .text, "title": .text, "rights": .mapping(.list(values(VisibilityRight.self))),
      ], may: ["forms": names]),
  ]

  private static let plan: [ShapeKeys] = [
    ShapeKeys(
      "a visit", needs: ["code": .text, "title": .text, "place": .text],
      may: [
        "day": .integer, "window": .span, "class": classes, "arms": names,
        "after": .shape("a distance"), "latest_day": .integer,
      ]),
    ShapeKeys("a distance", needs: ["visit": .text, "days": .span]),
    ShapeKeys(
      "the questionnaires", needs: ["open_hours": .integer, "reminder_hours": .list(.integer)]),
    ShapeKeys("the ratings", needs: ["first_hour": .integer, "last_hour": .integer]),
    ShapeKeys("the review of access", needs: ["days": .integer]),
  ]

  private static let forms: [ShapeKeys] = [
    ShapeKeys(
      "a form", needs: ["id": .text, "title": .text, "class": classes, "entered_by": names],
      may: [
        "visits": names, "signed_by": names, "signature": .text, "instrument": .text,
        "sections": .list(.shape("a section")), "repeating": .truth, "header": .truth,
        "checks": .list(.shape("a check")), "items_required": .truth,
        "battery_differs_because": .text, "withdrawal_level": .text,
        "disclosure": .shape("a disclosure"), "arms": names,
        "planned": .shape("the planned repeats"), "about": values(FormSubject.self),
        "followed_up": .shape("a follow-up"),
      ]),
    ShapeKeys("a section", needs: ["title": .text, "fields": .list(.shape("a field"))]),
    ShapeKeys("a follow-up", needs: ["begun": .text], may: ["when": .formula]),
    ShapeKeys("a disclosure", needs: ["field": .text, "undisclosed": .text]),
    ShapeKeys(
      "the planned repeats", needs: ["field": .text, "values": names], may: ["shuffled": .truth]),
    ShapeKeys(
      "a field", needs: ["id": .text, "label": .text, "type": values(WrittenType.self)],
      may: [
        "hint": .text, "unit": .text, "range": .span, "precision": .integer, "scale": .integer,
        "codes": .either(names, .mapping(.text)), "max": .integer, "roles": names,
        "required": .truth, "required_when": .formula, "value": .formula, "class": classes,
        "declassified_because": .text, "future": .truth,
      ]),
    ShapeKeys(
      "a check",
      needs: [
        "code": .text, "severity": values(FaultKind.self), "when": .formula, "say": .text,
      ],
      may: [
        "field": .text, "prompt": .shape("a prompt"), "declassified_because": .text,
        "sets": .shape("a set answer"), "after_hours": .integer,
      ]),
    ShapeKeys("a set answer", needs: ["form": .text, "field": .text, "to": .text]),
    ShapeKeys("a prompt", needs: ["form": .text], may: ["answers": .mapping(.text)]),
  ]

  private static let instruments: [ShapeKeys] = [
    ShapeKeys(
      "an instrument",
      needs: [
        "id": .text, "version": .text, "title": .text, "respondent": .text,
        "licence": values(InstrumentLicence.self), "items": .list(.shape("an item")),
        "outputs": .list(.shape("a score")), "status": .list(.shape("a status")),
      ], may: ["alerts": .list(.shape("an alert"))]),
    ShapeKeys(
      "an item", needs: ["id": .text, "label": .text],
      may: [
        "range": .span, "step": .integer, "codes": names, "truth": .truth,
        "asked_when": .formula,
      ]),
    ShapeKeys("a score", needs: ["id": .text, "label": .text, "value": .formula]),
    ShapeKeys("a status", needs: ["is": values(ScoringStatus.self), "when": .formula]),
    ShapeKeys(
      "an alert", needs: ["name": .text, "when": .formula]),
  ]

  private static let randomization: [ShapeKeys] =
    [
      ShapeKeys(
        "the randomization",
        needs: [
          "method": .shape("the method"), "factors": .list(.shape("a factor")),
          "planned_total": .integer, "preconditions": .list(.shape("a precondition")),
        ], may: ["site_cap": .integer, "acknowledge_within_hours": .integer]),
      ShapeKeys(
        "the method", needs: ["name": .text],
        may: [
          "sizes": .list(.integer), "numbers": .mapping(.either(.number, .list(.number))),
        ]),
      ShapeKeys(
        "a factor", needs: ["id": .text, "title": .text, "from": .text],
        may: ["levels": names, "bands": .mapping(.span), "copy": .text]),
      ShapeKeys("an age", needs: ["form": .text, "visit": .text, "most_days": .integer]),
    ]
    + WrittenPrecondition.allCases.map { kind in
      ShapeKeys(
        "a precondition \(kind.rawValue)",
        keys: [
          ("code", .text), ("kind", .choice([kind.rawValue])), ("sentence", .text), ("mend", .text),
        ] + kind.keys.map { ($0, preconditionValue($0)) })
    }

  private static func preconditionValue(_ key: String) -> SchemaValue {
    switch key {
    case "visits", "no_blocking_queries_at": names
    case "ages": .list(.shape("an age"))
    case "needed_when": .formula
    case "most_days", "within_seconds": .integer
    default: .text
    }
  }

  private static let analysis: [ShapeKeys] = [
    ShapeKeys(
      "the primary endpoint",
      needs: [
        "baseline": .formula, "follow_up": .formula, "least_fall": .number, "usable_days": .span,
        "strata": names,
      ]),
    ShapeKeys(
      "the analysis",
      needs: [
        "full_set": .text, "per_protocol_set": .text, "safety_set": .text,
        "imputations": .integer, "redraws": .integer,
      ],
      may: [
        "failure": .formula, "rater_unblinded": .formula, "cluster": .formula,
        "guesses": .list(.formula), "baseline": .list(.formula),
        "received": .list(.shape("a treatment received")),
        "adverse_events": .shape("the adverse events"),
      ]),
    ShapeKeys("a treatment received", needs: ["arm": .text, "shown_by": .formula]),
    ShapeKeys(
      "the adverse events",
      needs: [
        "form": .text, "organ_class": .text, "term": .text, "grade": .text, "serious": .text,
      ]),
    ShapeKeys(
      "a hypothesis",
      needs: [
        "id": .text, "order": .integer, "first": .text, "second": .text, "alpha": .number,
        "sentence": .text,
      ], may: ["margin": .number]),
    ShapeKeys(
      "the sample size",
      needs: [
        "per_arm": .integer, "alpha": .number, "method": .text, "response": .mapping(.number),
        "power": .mapping(.text),
      ]),
    ShapeKeys(
      "the interim plan",
      needs: [
        "looks": .list(.shape("a look")), "spending": spending, "arm_labels": names,
        "smallest_open_cell": .integer,
      ],
      may: [
        "boundaries": .list(.shape("a boundary")), "futility_advice_below": .number,
        "safety_every_months": .integer, "pooled_events_declassified_because": .text,
      ]),
    ShapeKeys(
      "a look", needs: ["id": .text, "participants": .integer, "reached_day": .integer],
      may: ["efficacy": .truth, "information": .number]),
    ShapeKeys(
      "a boundary",
      needs: ["information": .number, "cumulative_alpha": .number, "critical": .number]),
    ShapeKeys(
      "a population",
      needs: ["id": .text, "title": .text, "class": classes, "when": .formula],
      may: ["declassified_as": .text, "declassified_because": .text]),
    ShapeKeys(
      "an estimand",
      needs: [
        "id": .text, "population": .text, "treatment": .text, "variable": .text, "summary": .text,
        "events": .list(.shape("an event")),
      ]),
    ShapeKeys(
      "an event", needs: ["event": .text, "strategy": values(IntercurrentStrategy.self)],
      may: ["note": .text]),
    ShapeKeys(
      "a secondary endpoint", needs: ["id": .text, "title": .text],
      may: [
        "value": .formula, "visits": names, "arms": names, "population": .text,
        "from": .choice(EventOrigin.allCases.map(\.rawValue)),
      ]),
  ]

  private static let conduct: [ShapeKeys] = [
    ShapeKeys(
      "an alert plan",
      needs: [
        "id": .text, "title": .text, "to": names,
        "within": .either(.integer, .choice(["at_once", "same_day", "next_working_day"])),
      ],
      may: [
        "when": .list(.shape("a trigger")), "missed": names, "existence_to": names,
        "escalate": names, "repeated": .truth,
      ]),
    ShapeKeys("a trigger", needs: ["form": .text, "is": .formula]),
    ShapeKeys(
      "a safety clock",
      needs: [
        "id": .text, "title": .text, "form": .text, "starts_at": .text, "remind": names,
        "escalate": names,
      ],
      may: [
        "when": .formula, "limit_hours": .integer, "limit_days": .integer,
        "follow_up_days": .integer, "met_by": .choice(["entry", "version", "act"]), "told": names,
        "declassified_because": .text,
      ]),
    ShapeKeys(
      "a deviation",
      needs: [
        "id": .text, "title": .text, "importance": values(DeviationImportance.self),
        "classes": .list(classes), "excludes": values(ProtocolExclusion.self),
      ],
      may: [
        "excludes_when": .formula, "drafted_by": names,
        "drafted_when": .list(.shape("a rule of a deviation")),
        "drafted_when_missing": .list(.shape("an entry that is missing")),
        "drafted_by_correction": .truth,
      ]),
    ShapeKeys(
      "an entry that is missing", needs: ["form": .text, "visit": .text, "by_day": .integer],
      may: ["declassified_because": .text]),
    ShapeKeys(
      "a rule of a deviation", needs: ["form": .text, "is": .formula],
      may: ["declassified_because": .text, "on": .text, "says": .text, "found_by": .text]),
    ShapeKeys(
      "a sample",
      needs: [
        "id": .text, "title": .text, "percent": .integer, "review": .text, "record": .text,
        "of": .list(.shape("a form that is drawn from")),
      ]),
    ShapeKeys(
      "a form that is drawn from", needs: ["form": .text],
      may: [
        "is": .formula, "person": .text, "carry": .mapping(.text), "answers": .mapping(.text),
      ]),
    ShapeKeys(
      "a lifecycle",
      needs: [
        "id": .text, "title": .text, "class": classes, "states": .list(.shape("a state")),
        "transitions": .list(.shape("a transition")),
      ]),
    ShapeKeys("a state", needs: ["id": .text, "title": .text], may: ["end": .truth]),
    ShapeKeys(
      "a transition",
      needs: ["event": .text, "from": names, "to": .text, "say": .text],
      may: [
        "by": names, "automatic": .truth, "signed": names, "when": .formula,
        "needs": .list(.shape("a need of a transition")), "people": .integer, "reason": .truth,
        "contacts": .shape("a rule of contacts"),
      ]),
    ShapeKeys(
      "a rule of contacts",
      needs: ["attempts": .integer, "channels": .integer, "days": .integer]),
    ShapeKeys("a need of a transition", needs: ["when": .formula, "say": .text]),
    ShapeKeys(
      "the monitoring committee",
      needs: ["members": names, "recommendations": .mapping(.text), "guidelines": names]),
    ShapeKeys(
      "the lock plan",
      needs: [
        "last_day": .integer, "hard_locked_by": names, "unblinded_by": names,
        "retention_years": .integer, "steps": .list(.shape("a step")),
      ]),
    ShapeKeys("a step", needs: ["id": .text, "sentence": .text, "signed_by": names]),
  ]
}
