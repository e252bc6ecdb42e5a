public import StudyModel

/// All that an analysis is made of.
public struct AnalysisSource: Sendable {
  /// The data, in the classes that may be read.
  public var snapshot: TrialSnapshot
  /// Whether the data hold the class `treatment`.
  public var holdsTreatment: Bool
  /// Participant to arm.
  public var arms: [String: String]
  /// The study.
  public var definition: StudyDefinition
  /// Participants with a confirmed deviation that takes them out of the per-protocol set.
  public var excluded: Set<String>
  /// Participants with a confirmed deviation of which nobody said whether it does.
  public var undecided: Set<String>
  /// Participants randomized twice under another key.
  public var duplicates: Set<String>
  /// The data of the efficacy looks taken, in order.
  public var looks: [TrialSnapshot]
  /// Tables of arms the scheme could have made, drawn under the recorded key.
  public var redrawn: [[String: String]]
  /// Every table of arms the scheme could have made, where they are few enough.
  public var enumerated: EnumeratedArms?
  /// What amendments changed of the plan, in sentences.
  public var amended: [String]
  /// The key of imputed values.
  public var key: UInt64
  /// What made the result.
  public var provenance: Provenance

  /// All of it at once.
  public init(
    snapshot: TrialSnapshot, holdsTreatment: Bool, arms: [String: String],
    definition: StudyDefinition, excluded: Set<String> = [], undecided: Set<String> = [],
    duplicates: Set<String> = [], looks: [TrialSnapshot] = [], redrawn: [[String: String]] = [],
    enumerated: EnumeratedArms? = nil, amended: [String] = [], key: UInt64,
    provenance: Provenance
  ) {
    self.snapshot = snapshot
    self.holdsTreatment = holdsTreatment
    self.arms = arms
    self.definition = definition
    self.excluded = excluded
    self.undecided = undecided
    self.duplicates = duplicates
    self.looks = looks
    self.redrawn = redrawn
    self.enumerated = enumerated
    self.amended = amended
    self.key = key
    self.provenance = provenance
  }
}

extension AnalysisSource {
  /// The same at an earlier cut of the data.
  func at(_ look: TrialSnapshot) -> AnalysisSource {
    var earlier = self
    earlier.snapshot = look
    (earlier.looks, earlier.redrawn, earlier.enumerated) = ([], [], nil)
    return earlier
  }
}

/// Every table of arms a scheme could have made for those who were randomized, with its probability.
public struct EnumeratedArms: Sendable {
  /// The participants.
  public let participants: [String]
  /// For each table the arm of every participant, in their order.
  public let tables: [[String]]
  /// The probability of each table; together 1.
  public let probabilities: [Double]

  /// All of it at once.
  public init(participants: [String], tables: [[String]], probabilities: [Double]) {
    self.participants = participants
    self.tables = tables
    self.probabilities = probabilities
  }
}

/// One randomized participant with all that the analysis derives.
struct AnalysedParticipant {
  let key: String
  let site: String
  let arm: String
  let state: String
  let stratum: String
  let levels: [String]
  let randomizedAt: UTCInstant?
  /// The day of randomization at the site.
  let dayZero: CalendarDate?
  let flags: [FieldID: Bool]
  let values: ParticipantValues
  /// The score before treatment.
  let baseline: Double?
  /// The score at the end of treatment, on a usable day.
  let score: Double?
  /// Response by the rating alone.
  let isRated: Bool?
  /// Whether an intercurrent event makes it non-response whatever was rated.
  let isFailure: Bool
  let isRaterUnblinded: Bool
  let cluster: String?
  let inFullSet: Bool
  let inPerProtocol: Bool
  let inSafetySet: Bool
  /// The arm whose treatment was given first, nil where none is on record.
  let received: String?
  /// The study day of the second rating.
  let day: Int?

  /// The variable of the primary estimand.
  var outcome: Bool? { isFailure ? false : isRated }
}

/// A trial ready for analysis: participants in key order.
struct AnalysedTrial {
  let source: AnalysisSource
  let plan: AnalysisPlan
  let endpoint: PrimaryEndpoint
  let participants: [AnalysedParticipant]
  /// The arms in the order of the definition.
  let arms: [String]
  /// Every pair of arms compared, in the order of the hypotheses.
  let pairs: [ArmPair]

  struct ArmPair: Hashable {
    let first: String
    let second: String
    var label: String { "\(first) − \(second)" }
  }

  var definition: StudyDefinition { source.definition }

  init(_ source: AnalysisSource) throws(AnalysisRefusal) {
    guard let endpoint = source.definition.primaryEndpoint,
      let plan = source.definition.analysis, !source.definition.hypotheses.isEmpty
    else { throw .nothingPlanned }
    self.source = source
    self.plan = plan
    self.endpoint = endpoint
    arms = source.definition.arms.map(\.code.text)
    var pairs: [ArmPair] = []
    for hypothesis in source.definition.hypotheses.sorted(by: { $0.order < $1.order }) {
      let pair = ArmPair(first: hypothesis.first.text, second: hypothesis.second.text)
      if !pairs.contains(pair) { pairs.append(pair) }
    }
    self.pairs = pairs
    let readings = EndpointDerivation.readings(
      source.snapshot, source.definition, arms: source.arms, duplicates: source.duplicates,
      excluded: source.excluded)
    guard readings.allSatisfy({ source.arms[$0.record.participant] != nil }) else {
      throw .armMissing
    }
    let derivation = ParticipantDerivation(source: source, plan: plan, endpoint: endpoint)
    participants = readings.sorted { $0.record.participant < $1.record.participant }.map {
      derivation.participant($0.record, $0.reading, isFailure: $0.isFailure)
    }
  }

  /// Those of the full set.
  var fullSet: [AnalysedParticipant] { participants.filter(\.inFullSet) }

  /// The records of the primary endpoint for counting.
  func records(_ people: [AnalysedParticipant]) -> [EndpointRecord] {
    people.map {
      EndpointRecord(
        participant: $0.key, stratum: $0.stratum, isResponder: $0.inFullSet ? $0.outcome : nil,
        day: $0.day, isRatedInWindow: $0.inPerProtocol)
    }
  }

  func trace(_ method: String, _ population: String, _ count: Int) -> Trace {
    Trace(
      method: method, population: population, count: count, definition: definition.version)
  }

  /// The title of the set a flag names, with the flag.
  func setName(_ flag: FieldID) -> String {
    let title = definition.populations.first { $0.id == flag }?.title ?? ""
    return title.isEmpty ? flag.text : "\(title) (\(flag))"
  }
}

/// Derives what the analysis needs of one participant.
private struct ParticipantDerivation {
  let source: AnalysisSource
  let plan: AnalysisPlan
  let endpoint: PrimaryEndpoint

  func participant(
    _ record: EndpointRecord, _ reading: ParticipantReading, isFailure: Bool
  ) -> AnalysedParticipant {
    let (person, values, flags) = (reading.person, reading.values, reading.flags)
    let arm = source.arms[person.participant] ?? ""
    let score = values.value(endpoint.followUp).double
    let inFull = flags[plan.fullSet] ?? false
    // Before unblinding nobody may read what was given: then the day of the rating alone decides.
    let inPerProtocol =
      source.holdsTreatment
      ? flags[plan.perProtocolSet] ?? false
      : inFull && record.isRatedInWindow && !source.excluded.contains(person.participant)
    return AnalysedParticipant(
      key: person.participant, site: person.site, arm: arm, state: person.state,
      stratum: record.stratum, levels: record.stratum.split(separator: ".").map(String.init),
      randomizedAt: person.randomized_at.flatMap { try? UTCInstant(parsing: $0) },
      dayZero: reading.dayZero, flags: flags, values: values,
      baseline: values.value(endpoint.baseline).double,
      score: record.isRatedInWindow ? score : nil, isRated: record.isRated,
      isFailure: isFailure,
      isRaterUnblinded: plan.raterUnblinded.map { values.value($0).truthValue ?? false } ?? false,
      cluster: plan.cluster.flatMap { values.value($0).canonicalText }, inFullSet: inFull,
      inPerProtocol: inPerProtocol,
      inSafetySet: source.holdsTreatment ? flags[plan.safetySet] ?? false : inFull,
      received: received(values), day: record.day)
  }

  private func received(_ values: ParticipantValues) -> String? {
    var first: (arm: String, day: CalendarDate)?
    for treatment in plan.received {
      guard let day = values.firstDay(of: treatment.shownBy) else { continue }
      // Of what was given on one day, the definition names first what counts.
      if first.map({ day < $0.day }) ?? true { first = (treatment.armCode.text, day) }
    }
    return first?.arm
  }
}

extension FormulaValue {
  /// The number in binary floating point, for models.
  var double: Double? { numberValue.flatMap { Double($0.text(decimals: 9)) } }
}
