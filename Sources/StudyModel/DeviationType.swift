/// How much a deviation weighs.
public enum DeviationImportance: String, CaseIterable, Sendable, Codable {
  /// Can affect rights, safety or the primary endpoint.
  case important
  case minor
}

/// Whether a deviation takes a participant out of the per-protocol set.
public enum ProtocolExclusion: String, CaseIterable, Sendable, Codable {
  case yes, no
  /// A person decides, without knowing arms.
  case byCase = "by_case"
  /// Left out of a sensitivity analysis only.
  case sensitivityOnly = "sensitivity_only"
}

/// Which answers of a form are a person's report of a deviation.
public struct DeviationReport: Hashable, Sendable {
  /// The date on which it happened.
  public let occurredOn: FieldID
  /// What happened, in words.
  public let words: FieldID
  /// Who found it: SITE, MON or DM.
  public let foundBy: FieldID

  /// Makes the value from its parts.
  public init(occurredOn: FieldID, words: FieldID, foundBy: FieldID) {
    self.occurredOn = occurredOn
    self.words = words
    self.foundBy = foundBy
  }
}

/// A rule that drafts a deviation when an entry is handed in.
public struct DeviationRule: Hashable, Sendable {
  /// The form of the entry.
  public let form: FormID
  /// When the deviation is drafted.
  public let condition: Formula
  /// Why the record may have a lower class than the form, when it may.
  public let declassifiedBecause: String?
  /// What a person reported on the form, where it is a report of a deviation.
  public let report: DeviationReport?

  /// Makes the value from its parts.
  public init(
    form: FormID, condition: Formula, declassifiedBecause: String? = nil,
    report: DeviationReport? = nil
  ) {
    self.form = form
    self.condition = condition
    self.declassifiedBecause = declassifiedBecause
    self.report = report
  }
}

/// A rule that drafts a deviation because an entry was never given.
public struct MissingEntryRule: Hashable, Sendable {
  /// The form of the entry.
  public let form: FormID
  /// The visit.
  public let visit: VisitCode
  /// The last day after randomization on which it could be given.
  public let lastDay: Int
  /// Why the record may have a lower class than the form, when it may.
  public let declassifiedBecause: String?

  /// Makes the value from its parts.
  public init(form: FormID, visit: VisitCode, lastDay: Int, declassifiedBecause: String? = nil) {
    self.form = form
    self.visit = visit
    self.lastDay = lastDay
    self.declassifiedBecause = declassifiedBecause
  }
}

/// A kind of departure from the protocol.
public struct DeviationType: Hashable, Sendable, Identifiable {
  /// The code, such as `IMP-TX`.
  public let id: String
  /// What it means.
  public let title: String
  /// How much it weighs.
  public let importance: DeviationImportance
  /// The classes a record of it may have: who may know that it happened.
  public let classes: [DataClass]
  /// Whether it takes a participant out of the per-protocol set.
  public let exclusion: ProtocolExclusion
  /// When it does, where it does not always; read on the form that drafted it.
  public let excludesWhen: Formula?
  /// The checks whose finding drafts it.
  public let draftedBy: [String]
  /// Further rules that draft it.
  public let rules: [DeviationRule]
  /// Entries whose absence drafts it.
  public let missing: [MissingEntryRule]
  /// Whether an error recorded in a randomization drafts it.
  public let isDraftedByCorrection: Bool

  /// Makes the value from its parts.
  public init(
    id: String,
    title: String,
    importance: DeviationImportance,
    classes: [DataClass],
    exclusion: ProtocolExclusion,
    excludesWhen: Formula? = nil,
    draftedBy: [String] = [],
    rules: [DeviationRule] = [],
    missing: [MissingEntryRule] = [],
    isDraftedByCorrection: Bool = false
  ) {
    self.id = id
    self.title = title
    self.importance = importance
    self.classes = classes
    self.exclusion = exclusion
    self.excludesWhen = excludesWhen
    self.draftedBy = draftedBy
    self.rules = rules
    self.missing = missing
    self.isDraftedByCorrection = isDraftedByCorrection
  }

  /// The class of a record the absence of an entry drafts: the lowest allowed, not below that of the form
  /// unless the rule says why.
  public func dataClass(of rule: MissingEntryRule, _ form: Form) -> DataClass {
    let least = rule.declassifiedBecause == nil ? form.dataClass : .open
    return classes.sorted().first { $0 >= least } ?? least
  }

  /// Whether it excludes when nothing more is known than that it happened; nil while a person must say.
  public var excludesAlways: Bool? {
    switch exclusion {
    case .no, .sensitivityOnly: false
    case .byCase: nil
    case .yes: excludesWhen == nil ? true : nil
    }
  }
}

/// A deviation the system proposes; a person confirms or rejects it.
public struct DraftedDeviation: Hashable, Sendable {
  /// The code of its type.
  public let type: String
  /// The class of the record: the lowest its type allows that is not below what it follows from.
  public let dataClass: DataClass
  /// Whether it takes the participant out of the per-protocol set, nil while a person must decide.
  public let excludes: Bool?

  /// Makes the value from its parts.
  public init(type: String, dataClass: DataClass, excludes: Bool?) {
    self.type = type
    self.dataClass = dataClass
    self.excludes = excludes
  }
}

extension StudyDefinition {
  /// The deviations an entry drafts when it is handed in, each type once, in the order of the definition.
  ///
  /// - Parameters:
  ///   - form: the form of the entry.
  ///   - faults: what its checks found, as `checkedEntry` gives it.
  ///   - environment: its values, as `Form.environment` gives them.
  public func deviations(
    draftedBy form: Form, _ faults: [EntryFault], _ environment: FormulaEnvironment
  ) -> [DraftedDeviation] {
    // What a hard fault found is not stored, so nothing has happened yet.
    let found = faults.filter { $0.kind != .hard }
    return deviations.compactMap { type in
      let causes = found.filter { type.draftedBy.contains($0.code) }
      let ruled = type.rules.filter {
        $0.form == form.id && $0.condition.truth(in: environment) == true
      }
      guard !causes.isEmpty || !ruled.isEmpty else { return nil }
      let isDeclassified = causes.isEmpty && ruled.contains { $0.declassifiedBecause != nil }
      let least =
        isDeclassified ? .open : leastClass(causes, ruled.isEmpty, form)
      let allowed = type.classes.sorted()
      return DraftedDeviation(
        type: type.id, dataClass: max(allowed.first { $0 >= least } ?? least, least),
        excludes: type.excludes(environment))
    }
  }
}

extension EntryFault {
  /// Whether it was found in the date of a visit alone.
  public var isOfDates: Bool { EditCheck.datingCodes.contains(code) }
}

/// The class of what drafted a deviation.
///
/// The day of an outcome visit is no outcome: the site books it.
private func leastClass(
  _ causes: [EntryFault], _ isOfChecksAlone: Bool, _ form: Form
) -> DataClass {
  let isOfDatesAlone = isOfChecksAlone && causes.allSatisfy(\.isOfDates)
  if isOfDatesAlone, form.dataClass <= .outcome { return .open }
  return DataClass.highest(of: causes.map(\.inputClass) + [form.dataClass])
}

extension DeviationType {
  fileprivate func excludes(_ environment: FormulaEnvironment) -> Bool? {
    switch exclusion {
    case .no, .sensitivityOnly: false
    case .byCase: nil
    case .yes: excludesWhen.map { $0.truth(in: environment) } ?? true
    }
  }
}
