/// How an intercurrent event is dealt with.
public enum IntercurrentStrategy: String, CaseIterable, Sendable, Codable {
  /// Data are used whatever happened.
  case treatmentPolicy = "treatment_policy"
  /// The event is part of the variable.
  case composite
  case hypothetical
  case whileOnTreatment = "while_on_treatment"
  case principalStratum = "principal_stratum"
  /// Not an intercurrent event but data that are missing, imputed.
  case multipleImputation = "multiple_imputation"
}

/// Something after randomization that changes what the endpoint means.
public struct IntercurrentEvent: Hashable, Sendable {
  /// What happens.
  public let event: String
  /// How it is dealt with.
  public let strategy: IntercurrentStrategy
  /// Details, such as a sensitivity analysis.
  public let note: String?

  /// Makes the value from its parts.
  public init(event: String, strategy: IntercurrentStrategy, note: String? = nil) {
    self.event = event
    self.strategy = strategy
    self.note = note
  }
}

/// What exactly is to be estimated (ICH E9(R1)).
public struct Estimand: Hashable, Sendable, Identifiable {
  /// The name.
  public let id: String
  /// Who is meant.
  public let population: String
  /// The treatment strategies compared.
  public let treatment: String
  /// The variable of each participant.
  public let variable: String
  /// The measure that sums it up.
  public let summary: String
  /// The events and their strategies.
  public let events: [IntercurrentEvent]

  /// Makes the value from its parts.
  public init(
    id: String,
    population: String,
    treatment: String,
    variable: String,
    summary: String,
    events: [IntercurrentEvent]
  ) {
    self.id = id
    self.population = population
    self.treatment = treatment
    self.variable = variable
    self.summary = summary
    self.events = events
  }
}

/// From when the time to an event counts.
public enum EventOrigin: String, CaseIterable, Sendable, Codable {
  /// The day of randomization.
  case randomization
  /// The day of the rating at the end of treatment.
  case endOfTreatment = "end_of_treatment"
}

/// An endpoint beside the primary one.
public struct SecondaryEndpoint: Hashable, Sendable, Identifiable {
  /// The name.
  public let id: String
  /// What it is, in words.
  public let title: String
  /// The value it is read from, where one field holds it.
  public let value: Formula?
  /// The visits it is read at.
  public let visits: [VisitCode]
  /// The arms it is read in; empty for all.
  public let arms: [ArmCode]
  /// The flag of those it is read in; nil for the full set.
  public let population: FieldID?
  /// From when the time to an event counts.
  public let origin: EventOrigin

  /// Makes the value from its parts.
  public init(
    id: String,
    title: String,
    value: Formula? = nil,
    visits: [VisitCode] = [],
    arms: [ArmCode] = [],
    population: FieldID? = nil,
    origin: EventOrigin = .endOfTreatment
  ) {
    self.id = id
    self.title = title
    self.value = value
    self.visits = visits
    self.arms = arms
    self.population = population
    self.origin = origin
  }
}
