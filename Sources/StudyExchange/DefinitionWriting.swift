public import StudyModel

/// Why a definition has no spelling in the definition language.
public struct UnwritableDefinition: Error, Hashable, Sendable, CustomStringConvertible {
  /// What cannot be written, as a sentence.
  public let sentence: String

  /// The sentence.
  public var description: String { sentence }
}

extension StudyDefinition {
  /// The definition as text that `StudyDefinition(yaml:)` reads as the same definition.
  public func yaml() throws(UnwritableDefinition) -> String {
    var writer = DefinitionWriter()
    let text = writer.study(self).lines().joined(separator: "\n") + "\n"
    if let sentence = writer.unwritable { throw UnwritableDefinition(sentence: sentence) }
    return text
  }
}

/// The members the writer writes, by type: a test compares them with what the types hold.
public enum WrittenMembers {
  /// The names of the members of each type, as they are declared.
  public static let byType: [String: Set<String>] = [
    "StudyDefinition": [
      "key", "protocolNumber", "version", "title", "sponsorContact", "arms", "roles",
      "incompatibleRoles", "everUnblindedExcludesBlinded", "sites", "visits", "forms",
      "instruments", "randomization", "primaryEndpoint", "hypotheses", "sampleSize", "interim",
      "lock", "texts",
    ],
    "Arm": ["code", "title", "ratio"],
    "Role": [
      "id", "title", "blinding", "scope", "classes", "ownEntriesOnly", "capabilities", "purpose",
    ],
    "SiteDefinition": ["key", "title", "country", "timeZone", "cap", "emergencyContact"],
    "Visit": ["code", "title", "targetDay", "window", "place", "dataClass"],
    "Form": [
      "id", "title", "dataClass", "visits", "enteredBy", "signedBy", "signatureMeaning",
      "instrument", "sections", "batteryDiffersBecause", "isRepeating", "checks",
      "withdrawalLevel", "disclosure",
    ],
    "FormSection": ["title", "fields"],
    "Field": [
      "id", "label", "hint", "type", "unit", "required", "calculation", "dataClass",
      "declassifiedBecause", "mayLieAhead",
    ],
    "EditCheck": ["code", "kind", "condition", "sentence", "field", "inputClass"],
    "Instrument": [
      "id", "version", "title", "respondent", "licence", "items", "outputs", "statuses", "alerts",
    ],
    "InstrumentItem": ["id", "label", "range", "askedWhen"],
    "RandomizationPlan": [
      "method", "factors", "plannedTotal", "siteCap", "preconditions", "acknowledgeWithinHours",
    ],
    "StratificationFactor": ["id", "title", "source", "copy"],
    "Precondition": ["code", "kind", "sentence", "whereToMend"],
    "PrimaryEndpoint": ["baseline", "followUp", "leastFall", "usableDays", "strata"],
    "Hypothesis": ["id", "order", "first", "second", "objective", "alphaOneSided", "sentence"],
    "SampleSizeRecord": ["perArm", "assumptions", "alphaOneSided", "method", "power"],
    "InterimPlan": [
      "looks", "spending", "boundaries", "futilityAdviceBelow", "armLabels", "smallestOpenCell",
      "safetyEveryMonths",
    ],
    "InterimLook": ["id", "isEfficacy", "participants", "reachedDay", "information"],
    "LockPlan": ["steps", "lastDay", "hardLockedBy", "unblindedBy", "retentionYears"],
    "LockStep": ["id", "sentence", "signedBy"],
    "RequiredText": ["id", "text"],
  ]
}

/// Writes the parts of a definition, each under the keys its reader knows.
struct DefinitionWriter {
  /// The first thing that has no spelling.
  private(set) var unwritable: String?

  mutating func study(_ study: StudyDefinition) -> YAMLText {
    var identity = YAMLKeys()
    identity.add("key", text: study.key)
    identity.add("protocol", text: study.protocolNumber)
    identity.add("version", text: study.version)
    identity.add("title", text: study.title)
    identity.add("sponsor_contact", text: study.sponsorContact)
    var keys = YAMLKeys()
    keys.add("study", identity.onLines)
    keys.add("arms", .list(study.arms.map { Self.arm($0) }))
    keys.add("roles", .list(study.roles.map { Self.role($0) }))
    keys.add("incompatible_roles", .list(Self.incompatibilities(study.incompatibleRoles)))
    keys.add("ever_unblinded_excludes_blinded", truth: study.everUnblindedExcludesBlinded)
    keys.add("sites", .list(study.sites.map { Self.site($0) }))
    keys.add("visits", .list(study.visits.map { Self.visit($0) }))
    keys.add("instruments", .list(each(study.instruments) { $0.instrument($1) }))
    keys.add("forms", .list(each(study.forms) { $0.form($1) }))
    keys.add("randomization", randomization(study.randomization))
    keys.add("primary_endpoint", study.primaryEndpoint.map { Self.endpoint($0) })
    keys.add("hypotheses", .list(study.hypotheses.map { Self.hypothesis($0) }))
    keys.add("sample_size", study.sampleSize.map { Self.sampleSize($0) })
    keys.add("interim", study.interim.map { Self.interim($0) })
    keys.add("lock", Self.lock(study.lock))
    keys.add(
      "texts",
      .list(
        study.texts.map { text in
          var keys = YAMLKeys()
          keys.add("id", text: text.id)
          keys.add("text", text: text.text)
          return keys.onOneLine
        }))
    return keys.onLines
  }

  private mutating func each<Item>(
    _ items: [Item], _ write: (inout DefinitionWriter, Item) -> YAMLText
  ) -> [YAMLText] {
    var written: [YAMLText] = []
    for item in items { written.append(write(&self, item)) }
    return written
  }

  mutating func formula(_ formula: Formula, _ place: String) -> YAMLText {
    if let text = formula.text { return .text(text) }
    unwritable =
      unwritable ?? "The formula of \(place) holds a value the definition language cannot spell."
    return .text("missing")
  }

  // MARK: People and places

  private static func arm(_ arm: Arm) -> YAMLText {
    var keys = YAMLKeys()
    keys.add("code", text: arm.code.text)
    keys.add("title", text: arm.title)
    keys.add("ratio", number: arm.ratio)
    return keys.onOneLine
  }

  private static func role(_ role: Role) -> YAMLText {
    var keys = YAMLKeys()
    keys.add("id", text: role.id.text)
    keys.add("title", text: role.title)
    keys.add("blinding", text: role.blinding.rawValue)
    keys.add("scope", text: role.scope.rawValue)
    keys.add("classes", texts: role.classes.sorted().map(\.rawValue))
    keys.add("own_entries_only", texts: role.ownEntriesOnly.sorted().map(\.rawValue))
    keys.add(
      "capabilities",
      .list(Capability.allCases.filter(role.can).map { .text($0.rawValue) }))
    keys.add("purpose", text: role.purpose)
    return keys.onLines
  }

  private static func incompatibilities(_ pairs: Set<RolePair>) -> [YAMLText] {
    let firsts = Dictionary(grouping: pairs, by: \.first)
    return firsts.keys.sorted().map { first in
      var keys = YAMLKeys()
      keys.add("roles", texts: [first.text])
      keys.add("with", texts: (firsts[first] ?? []).map(\.second).sorted().map(\.text))
      return keys.onOneLine
    }
  }

  private static func site(_ site: SiteDefinition) -> YAMLText {
    var keys = YAMLKeys()
    keys.add("key", text: site.key.text)
    keys.add("title", text: site.title)
    keys.add("country", text: site.country)
    keys.add("zone", text: site.timeZone)
    keys.add("emergency_contact", text: site.emergencyContact)
    keys.add("cap", number: site.cap)
    return keys.onOneLine
  }

  private static func visit(_ visit: Visit) -> YAMLText {
    var keys = YAMLKeys()
    keys.add("code", text: visit.code.text)
    keys.add("title", text: visit.title)
    keys.add("day", number: visit.targetDay)
    keys.add("window", visit.window.map { span($0) })
    keys.add("place", text: visit.place)
    if visit.dataClass != .open { keys.add("class", text: visit.dataClass.rawValue) }
    return keys.onOneLine
  }

  private static func span(_ range: ClosedRange<Int>) -> YAMLText {
    .list([.plain(String(range.lowerBound)), .plain(String(range.upperBound))])
  }

  private static func span(_ range: ClosedRange<ExactNumber>) -> YAMLText {
    .list([.plain(range.lowerBound.description), .plain(range.upperBound.description)])
  }

  // MARK: Forms

  private mutating func form(_ form: Form) -> YAMLText {
    var keys = YAMLKeys()
    keys.add("id", text: form.id.text)
    keys.add("title", text: form.title)
    keys.add("class", text: form.dataClass.rawValue)
    keys.add("visits", texts: form.visits.map(\.text))
    keys.add("entered_by", .list(form.enteredBy.map { .text($0.text) }))
    keys.add("signed_by", texts: form.signedBy.map(\.text))
    keys.add("signature", text: form.signatureMeaning)
    if form.isRepeating { keys.add("repeating", truth: true) }
    keys.add("battery_differs_because", text: form.batteryDiffersBecause)
    keys.add("withdrawal_level", text: form.withdrawalLevel?.text)
    keys.add(
      "disclosure",
      form.disclosure.map { rule in
        var keys = YAMLKeys()
        keys.add("field", text: rule.field.text)
        keys.add("undisclosed", text: rule.undisclosed)
        return keys.onOneLine
      })
    var sections = form.sections
    if sections.first?.isHeader ?? false {
      sections.removeFirst()
    } else {
      keys.add("header", truth: false)
    }
    if let instrument = form.instrument {
      keys.add("instrument", text: instrument.text)
      // The reader appends the questions of the instrument itself.
      let questions = sections.popLast()?.fields.filter { $0.calculation == nil } ?? []
      if !questions.isEmpty, questions.allSatisfy({ $0.required == .optional }) {
        keys.add("items_required", truth: false)
      }
    }
    if !sections.isEmpty {
      keys.add("sections", .list(each(sections) { $0.section($1, of: form) }))
    }
    if !form.checks.isEmpty {
      keys.add("checks", .list(each(form.checks) { $0.check($1, of: form) }))
    }
    return keys.onLines
  }

  private mutating func section(_ section: FormSection, of form: Form) -> YAMLText {
    var keys = YAMLKeys()
    keys.add("title", text: section.title)
    keys.add("fields", .list(each(section.fields) { $0.field($1, of: form) }))
    return keys.onLines
  }

  private mutating func field(_ field: Field, of form: Form) -> YAMLText {
    let place = "“\(field.id)” of \(form.id)"
    var keys = YAMLKeys()
    keys.add("id", text: field.id.text)
    keys.add("label", text: field.label)
    Self.add(field.type, to: &keys)
    keys.add("unit", text: field.unit)
    keys.add("hint", text: field.hint)
    keys.add("value", field.calculation.map { formula($0, place) })
    switch field.required {
    case .required: keys.add("required", truth: true)
    case .conditional(let condition): keys.add("required_when", formula(condition, place))
    case .optional: break
    }
    // The reader gives a computed field the class of what it reads.
    let isDerived =
      field.calculation != nil && field.dataClass == form.dataClass
      && field.declassifiedBecause == nil
    if !isDerived { keys.add("class", text: field.dataClass?.rawValue) }
    keys.add("declassified_because", text: field.declassifiedBecause)
    if field.mayLieAhead { keys.add("future", truth: true) }
    return keys.onOneLine
  }

  private static func add(_ type: FieldType, to keys: inout YAMLKeys) {
    switch type {
    case .integer(let range):
      keys.add("type", text: "integer")
      keys.add("range", range.map { span($0) })
    case .decimal(let precision, let scale, let range):
      keys.add("type", text: "decimal")
      keys.add("precision", number: precision)
      keys.add("scale", number: scale)
      keys.add("range", range.map { span($0) })
    case .boolean: keys.add("type", text: "boolean")
    case .code(let items):
      keys.add("type", text: "code")
      keys.add("codes", codes(items))
    case .multi(let items):
      keys.add("type", text: "multi")
      keys.add("codes", codes(items))
    case .date: keys.add("type", text: "date")
    case .partialDate: keys.add("type", text: "partial_date")
    case .time: keys.add("type", text: "time")
    case .dateTime: keys.add("type", text: "datetime")
    case .text(let most):
      keys.add("type", text: "text")
      keys.add("max", number: most)
    case .userReference(let roles):
      keys.add("type", text: "user")
      keys.add("roles", .list(roles.map { .text($0.text) }))
    case .calculated: keys.add("type", text: "calculated")
    }
  }

  private static func codes(_ items: [CodeItem]) -> YAMLText {
    if items.allSatisfy({ $0.code == $0.label }) { return .list(items.map { .text($0.code) }) }
    return .mapping(items.map { ($0.code, .text($0.label)) }, onOneLine: true)
  }

  private mutating func check(_ check: EditCheck, of form: Form) -> YAMLText {
    var keys = YAMLKeys()
    keys.add("code", text: check.code)
    keys.add("severity", text: check.kind.rawValue)
    keys.add("when", formula(check.condition, "\(check.code) of \(form.id)"))
    keys.add("field", text: check.field?.text)
    keys.add("say", text: check.sentence)
    return keys.onOneLine
  }

  // MARK: Instruments

  private mutating func instrument(_ instrument: Instrument) -> YAMLText {
    let place = instrument.id.text
    var keys = YAMLKeys()
    keys.add("id", text: instrument.id.text)
    keys.add("version", text: instrument.version)
    keys.add("title", text: instrument.title)
    keys.add("respondent", text: instrument.respondent)
    keys.add("licence", text: instrument.licence.rawValue)
    keys.add("items", .list(each(instrument.items) { $0.item($1, place) }))
    keys.add(
      "outputs",
      .list(
        each(instrument.outputs) { writer, output in
          writer.condition(
            [("id", output.id.text), ("label", output.label)], "value", output.formula, place)
        }))
    keys.add(
      "status",
      .list(
        each(instrument.statuses) { writer, rule in
          writer.condition([("is", rule.status.rawValue)], "when", rule.condition, place)
        }))
    if !instrument.alerts.isEmpty {
      keys.add(
        "alerts",
        .list(
          each(instrument.alerts) { writer, rule in
            writer.condition([("name", rule.name)], "when", rule.condition, place)
          }))
    }
    return keys.onLines
  }

  private mutating func condition(
    _ texts: [(String, String)], _ key: String, _ written: Formula, _ place: String
  ) -> YAMLText {
    var keys = YAMLKeys()
    for (key, text) in texts { keys.add(key, text: text) }
    keys.add(key, formula(written, place))
    return keys.onOneLine
  }

  private mutating func item(_ item: InstrumentItem, _ place: String) -> YAMLText {
    var keys = YAMLKeys()
    keys.add("id", text: item.id.text)
    keys.add("label", text: item.label)
    switch item.range {
    case .numbers(let range, let step):
      keys.add("range", Self.span(range))
      if step != 1 { keys.add("step", number: step) }
    case .codes(let codes): keys.add("codes", .list(codes.map { .text($0) }))
    case .truth: keys.add("truth", truth: true)
    }
    keys.add("asked_when", item.askedWhen.map { formula($0, place) })
    return keys.onOneLine
  }
}

extension FormSection {
  /// Whether these are the three questions the reader puts first by itself.
  fileprivate var isHeader: Bool {
    title == "Visit" && fields.map(\.id.text) == FormHeader.names
  }
}
