/// How much of an instrument may be shipped.
public enum InstrumentLicence: String, CaseIterable, Sendable, Codable {
  /// The item text may be shipped.
  case text = "A"
  /// Item numbers and neutral labels only; the owner of the study loads the text.
  case labels = "B"
  /// Subtotals only, no item-level form.
  case subtotals = "C"
}

/// What an item of an instrument accepts.
public enum ItemRange: Hashable, Sendable {
  case numbers(ClosedRange<Int>, step: Int)
  case codes([String])
  case truth
}

/// One item of an instrument.
public struct InstrumentItem: Hashable, Sendable, Identifiable {
  /// The name, also the name of the field.
  public let id: FieldID
  /// A neutral short label.
  public let label: String
  /// What it accepts.
  public let range: ItemRange
  /// When it is asked; nil for always.
  public let askedWhen: Formula?

  /// Makes the value from its parts.
  public init(
    id: FieldID,
    label: String,
    range: ItemRange,
    askedWhen: Formula? = nil
  ) {
    self.id = id
    self.label = label
    self.range = range
    self.askedWhen = askedWhen
  }
}

/// A score of an instrument.
public struct InstrumentOutput: Hashable, Sendable, Identifiable {
  /// The name, also the name of the calculated field.
  public let id: FieldID
  /// The name in words.
  public let label: String
  /// How it is worked out from items and from outputs above it.
  public let formula: Formula

  /// Makes the value from its parts.
  public init(
    id: FieldID,
    label: String,
    formula: Formula
  ) {
    self.id = id
    self.label = label
    self.formula = formula
  }
}

/// How complete an answered instrument is.
public enum ScoringStatus: String, CaseIterable, Sendable, Codable {
  case complete, prorated, partial
  case domainComplete = "domain_complete"
  case notScorable = "not_scorable"
  case invalid
}

/// A status with the condition under which it holds.
public struct StatusRule: Hashable, Sendable {
  /// The status.
  public let status: ScoringStatus
  /// When it holds.
  public let condition: Formula

  /// Makes the value from its parts.
  public init(
    status: ScoringStatus,
    condition: Formula
  ) {
    self.status = status
    self.condition = condition
  }
}

/// When an instrument raises an alert of the study's plan, which says to whom and how soon.
public struct AlertRule: Hashable, Sendable {
  /// The name, such as `SI_HIGH`.
  public let name: String
  /// When it is raised.
  public let condition: Formula

  /// Makes the value from its parts.
  public init(
    name: String,
    condition: Formula
  ) {
    self.name = name
    self.condition = condition
  }
}

/// A questionnaire or rating scale with its scoring rules as data.
public struct Instrument: Hashable, Sendable, Identifiable {
  /// The name.
  public let id: InstrumentID
  /// The version the score carries.
  public let version: String
  /// The title.
  public let title: String
  /// Who answers it.
  public let respondent: String
  /// What may be shipped.
  public let licence: InstrumentLicence
  /// The items in order.
  public let items: [InstrumentItem]
  /// The scores in order.
  public let outputs: [InstrumentOutput]
  /// The rules of completeness; the first that holds decides, else not scorable.
  public let statuses: [StatusRule]
  /// The alerts, most serious first.
  public let alerts: [AlertRule]

  /// Makes the value from its parts.
  public init(
    id: InstrumentID,
    version: String,
    title: String,
    respondent: String,
    licence: InstrumentLicence,
    items: [InstrumentItem],
    outputs: [InstrumentOutput],
    statuses: [StatusRule],
    alerts: [AlertRule]
  ) {
    self.id = id
    self.version = version
    self.title = title
    self.respondent = respondent
    self.licence = licence
    self.items = items
    self.outputs = outputs
    self.statuses = statuses
    self.alerts = alerts
  }
}
