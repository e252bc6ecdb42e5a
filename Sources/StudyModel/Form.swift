/// A part of a form under one heading.
public struct FormSection: Hashable, Sendable {
  /// The heading.
  public let title: String
  /// The questions in order.
  public let fields: [Field]

  /// Makes the value from its parts.
  public init(
    title: String,
    fields: [Field]
  ) {
    self.title = title
    self.fields = fields
  }
}

/// By which answer a form says that somebody blinded was told an arm.
public struct DisclosureRule: Hashable, Sendable {
  /// The field that asks.
  public let field: FieldID
  /// The answer that says that nothing was told.
  public let undisclosed: String

  /// Makes the value from its parts.
  public init(field: FieldID, undisclosed: String) {
    self.field = field
    self.undisclosed = undisclosed
  }
}

/// The repeats of a form that are planned, told apart by the value of one field.
public struct PlannedRepeats: Hashable, Sendable {
  /// The field whose value tells which of the repeats an entry is.
  public let field: FieldID
  /// The planned values in order, as stored.
  public let values: [String]
  /// Whether each participant gets them in an order drawn at random, which is recorded.
  public let isShuffled: Bool

  /// Makes the value from its parts.
  public init(field: FieldID, values: [String], isShuffled: Bool = false) {
    self.field = field
    self.values = values
    self.isShuffled = isShuffled
  }

  /// The planned values for which no entry was handed in, in order.
  public func missing(among entries: [FormEntry]) -> [String] {
    let found = Set(entries.filter(\.status.isSubmitted).compactMap { $0.answers[field]?.text })
    return values.filter { !found.contains($0) }
  }
}

/// What an entry of a form is about.
public enum FormSubject: String, CaseIterable, Sendable, Codable {
  case participant, site
}

/// A form of the study.
public struct Form: Hashable, Sendable, Identifiable {
  /// The name.
  public let id: FormID
  /// The title.
  public let title: String
  /// The class of the form and of every field that names no other.
  public let dataClass: DataClass
  /// The visits it belongs to; empty for a form that is not scheduled.
  public internal(set) var visits: [VisitCode]
  /// The roles that may enter it.
  public let enteredBy: [RoleID]
  /// The roles that may sign it; empty when it needs no signature.
  public let signedBy: [RoleID]
  /// What the signature says.
  public let signatureMeaning: String?
  /// The instrument it captures, when it captures one.
  public let instrument: InstrumentID?
  /// The questions, by heading.
  public let sections: [FormSection]
  /// All questions in order.
  public let fields: [Field]
  /// Where each question stands in `fields`: a page asks for them one by one.
  private let places: [FieldID: Int]
  /// Why a rating form is not given at every rating visit, where it is not.
  public let batteryDiffersBecause: String?
  /// Whether it can be filled more than once at a visit.
  public let isRepeating: Bool
  /// The rules over its answers.
  public internal(set) var checks: [EditCheck]
  /// The field whose answer is the level of the participant's withdrawal, where the form records one.
  public let withdrawalLevel: FieldID?
  /// How it says that an arm was disclosed, where it asks.
  public let disclosure: DisclosureRule?
  /// The arms whose participants it is for; empty for all.
  public let arms: [ArmCode]
  /// The repeats that are planned, of a form that repeats.
  public let planned: PlannedRepeats?
  /// What its entries are about.
  public let subject: FormSubject
  /// How it goes on after a participant's last day, where it does.
  public let followUp: FollowUp?

  /// Makes the value from its parts.
  public init(
    id: FormID,
    title: String,
    dataClass: DataClass,
    visits: [VisitCode] = [],
    enteredBy: [RoleID],
    signedBy: [RoleID] = [],
    signatureMeaning: String? = nil,
    instrument: InstrumentID? = nil,
    sections: [FormSection],
    batteryDiffersBecause: String? = nil,
    isRepeating: Bool = false,
    checks: [EditCheck] = [],
    withdrawalLevel: FieldID? = nil,
    disclosure: DisclosureRule? = nil,
    arms: [ArmCode] = [],
    planned: PlannedRepeats? = nil,
    subject: FormSubject = .participant,
    followUp: FollowUp? = nil
  ) {
    self.id = id
    self.title = title
    self.dataClass = dataClass
    self.visits = visits
    self.enteredBy = enteredBy
    self.signedBy = signedBy
    self.signatureMeaning = signatureMeaning
    self.instrument = instrument
    self.sections = sections
    fields = sections.flatMap(\.fields)
    places = fields.places(by: \.id)
    self.batteryDiffersBecause = batteryDiffersBecause
    self.isRepeating = isRepeating
    self.checks = checks
    self.withdrawalLevel = withdrawalLevel
    self.disclosure = disclosure
    self.arms = arms
    self.planned = planned
    self.subject = subject
    self.followUp = followUp
  }

  /// Whether the system fills it by itself: nobody enters it.
  public var isWorkedOut: Bool { enteredBy.isEmpty }

  /// The question with this name.
  public func field(_ id: FieldID) -> Field? { places[id].map { fields[$0] } }

  /// The class of one question.
  public func dataClass(of field: Field) -> DataClass { field.dataClass ?? dataClass }

  /// Every value of another entry its formulas read: what a caller looks up before checking.
  public var outsideReferences: Set<FieldReference> {
    let formulas =
      checks.map(\.condition) + (followUp?.condition.map { [$0] } ?? [])
      + fields.flatMap { field -> [Formula] in
        guard case .conditional(let condition) = field.required else {
          return field.calculation.map { [$0] } ?? []
        }
        return [condition] + (field.calculation.map { [$0] } ?? [])
      }
    return formulas.reduce(into: []) { found, formula in
      found.formUnion(formula.references.filter(\.isOutside))
    }
  }
}

extension Array {
  /// The place of each element by its name; of two with one name, the first.
  func places<Name: Hashable>(by name: KeyPath<Element, Name>) -> [Name: Int] {
    Dictionary(enumerated().map { ($1[keyPath: name], $0) }) { first, _ in first }
  }
}
