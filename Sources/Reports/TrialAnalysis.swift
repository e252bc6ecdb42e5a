public import Statistics
public import StudyModel

/// Why a snapshot cannot be analysed.
public enum AnalysisRefusal: Error, Hashable, Sendable, CustomStringConvertible {
  /// The definition names no primary endpoint or no hypotheses.
  case nothingPlanned
  /// A randomized participant has no arm in the table of arms.
  case armMissing
  /// The statistics refused, with their sentence.
  case statistics(String)

  /// The sentence for the person who asked.
  public var description: String {
    switch self {
    case .nothingPlanned: "The study definition plans no primary endpoint or no hypothesis."
    case .armMissing:
      "A randomized participant has no arm in the table of arms. Check that both come from one lock."
    case .statistics(let sentence): sentence
    }
  }
}

/// How many participants were lost for one reason.
public struct CountedReason: Sendable, Equatable, Codable {
  /// The reason in words.
  public let reason: String
  /// How many.
  public let count: Int
}

/// Counts of one arm on the way through the trial.
public struct ArmFlow: Sendable, Equatable, Codable {
  /// The arm.
  public let arm: String
  /// Randomized.
  public let randomized: Int
  /// Withdrawn from contact.
  public let withdrawn: Int
  /// Died.
  public let died: Int
  /// Lost to follow-up.
  public let lost: Int
  /// With a usable primary endpoint.
  public let analysed: Int
  /// Responders among those.
  public let responders: Int
  /// In the per-protocol set.
  public let perProtocol: Int
  /// Responders among those.
  public let perProtocolResponders: Int
  /// Why the others have no usable primary endpoint.
  public let notAnalysed: [CountedReason]
}

/// The analysis of the primary endpoint over the planned hypotheses.
public struct TrialAnalysis: Sendable {
  /// The hypotheses in their order, each with both sets and its standing.
  public let sequence: FixedSequence
  /// The flow by arm, in the order of the definition.
  public let flow: [ArmFlow]
  /// Screened, counted over consents.
  public let consented: Int
  /// Consented and never randomized.
  public let notRandomized: Int
  /// Why those were not randomized, by their last state.
  public let excluded: [CountedReason]
  /// Participants without the endpoint counted as non-responders, in the order of the hypotheses.
  public let missingAsFailure: [ComparisonResult]

  /// The way through the trial by arm, in the order of the definition.
  ///
  /// - Parameters:
  ///   - records: the endpoint of everybody randomized.
  ///   - arms: participant to arm.
  ///   - labels: arm code to the label of the reader.
  static func flow(
    _ snapshot: TrialSnapshot, _ records: [EndpointRecord], arms: [String: String],
    definition: StudyDefinition, labels: [String: String]
  ) throws(AnalysisRefusal) -> [ArmFlow] {
    guard records.allSatisfy({ arms[$0.participant] != nil }) else { throw .armMissing }
    let states = Dictionary(
      snapshot.participants.map { ($0.participant, $0.state) }, uniquingKeysWith: { one, _ in one })
    return definition.arms.map { arm in
      flow(of: arm.code.text, labels[arm.code.text] ?? arm.code.text, states, arms, records)
    }
  }

  /// Analyses the sets and the variable that the definition's analysis plan derives.
  init(_ trial: AnalysedTrial) throws(AnalysisRefusal) {
    let snapshot = trial.source.snapshot
    let states = Dictionary(
      snapshot.participants.map { ($0.participant, $0.state) }, uniquingKeysWith: { one, _ in one })
    let without = snapshot.participants.filter { !$0.isRandomized }
    let records = trial.records(trial.participants)
    try self.init(
      records, arms: trial.source.arms, definition: trial.definition, labels: [:], rule: nil,
      flow: trial.arms.map { Self.flow(of: $0, $0, states, trial.source.arms, records) },
      consented: snapshot.participants.count, excluded: Self.reasons(without),
      failures: trial.records(trial.fullSet), finalAlpha: try Self.finalAlpha(trial))
  }

  /// The one-sided error left for the end once an efficacy look was taken; nil without one.
  private static func finalAlpha(_ trial: AnalysedTrial) throws(AnalysisRefusal) -> Double? {
    guard !trial.source.looks.isEmpty, let hypothesis = trial.definition.hypotheses.first else {
      return nil
    }
    do throws(StatisticsRefusal) {
      return try LookSection.design(trial.definition, hypothesis)?.nominalAlpha.last
    } catch {
      throw .statistics(error.description)
    }
  }

  private static func reasons(_ people: [SnapshotParticipant]) -> [CountedReason] {
    counted(
      people.map { person in
        switch person.state {
        case "screen_failed": "a criterion was not met"
        case "withdrawn": "withdrew"
        default: "not randomized"
        }
      })
  }

  /// Analyses an imported table by the hypotheses of a definition; the full set alone decides,
  /// since a table has no per-protocol set.
  public init(
    _ table: ImportedTrial, definition: StudyDefinition
  ) throws(AnalysisRefusal) {
    guard !definition.hypotheses.isEmpty else { throw .nothingPlanned }
    let states = table.records.map { ($0.participant, "") }
    try self.init(
      table.records, arms: table.arms, definition: definition, labels: [:], rule: .fullSet,
      flow: definition.arms.map { arm in
        Self.flow(
          of: arm.code.text, arm.code.text, Dictionary(uniqueKeysWithValues: states), table.arms,
          table.records)
      }, consented: table.records.count, excluded: [])
  }

  private init(
    _ records: [EndpointRecord], arms: [String: String], definition: StudyDefinition,
    labels: [String: String], rule: ConclusionRule?, flow: [ArmFlow], consented: Int,
    excluded: [CountedReason], failures everybody: [EndpointRecord]? = nil,
    finalAlpha: Double? = nil
  ) throws(AnalysisRefusal) {
    func label(_ code: ArmCode) -> String { labels[code.text] ?? code.text }
    let counts = EndpointCounts(records, arms: arms)
    let failures = EndpointCounts(
      (everybody ?? records).map(\.withMissingAsFailure), arms: arms)
    self.flow = flow
    self.consented = consented
    self.excluded = excluded
    notRandomized = excluded.reduce(0) { $0 + $1.count }
    var conclusions: [Conclusion] = []
    var worst: [ComparisonResult] = []
    for planned in definition.hypotheses.sorted(by: { $0.order < $1.order }) {
      let (first, second) = (label(planned.first), label(planned.second))
      conclusions.append(
        try Self.conclusion(
          planned, first: first, second: second, counts, losses: flow, rule: rule,
          finalAlpha: finalAlpha))
      worst.append(
        try Self.conclusion(
          planned, first: first, second: second, failures, losses: [], rule: rule,
          finalAlpha: finalAlpha
        ).fullSet)
    }
    sequence = FixedSequence(conclusions)
    missingAsFailure = worst
  }

  private static func counted(_ reasons: [String]) -> [CountedReason] {
    Dictionary(grouping: reasons) { $0 }
      .map { CountedReason(reason: $0.key, count: $0.value.count) }
      .sorted { ($1.count, $0.reason) < ($0.count, $1.reason) }
  }

  private static func conclusion(
    _ planned: StudyModel.Hypothesis, first: String, second: String, _ counts: EndpointCounts,
    losses: [ArmFlow], rule stated: ConclusionRule?, finalAlpha: Double?
  ) throws(AnalysisRefusal) -> Conclusion {
    do {
      let hypothesis = Statistics.Hypothesis(
        id: planned.id, first: first, second: second, claim: try claim(of: planned.objective))
      let alpha = finalAlpha ?? Double(planned.alphaOneSided.text(decimals: 12)) ?? 0.025
      let full = try ComparisonResult(
        hypothesis, in: .full,
        table: try counts.table(planned.first.text, planned.second.text, perProtocol: false),
        alphaOneSided: alpha)
      let perProtocol = try ComparisonResult(
        hypothesis, in: .perProtocol,
        table: try counts.table(planned.first.text, planned.second.text, perProtocol: true),
        alphaOneSided: alpha)
      let usual: ConclusionRule
      switch planned.objective {
      case .noninferiority: usual = .fullSetAndPerProtocol
      case .superiority: usual = .fullSet
      }
      return try Conclusion(
        fullSet: full, perProtocol: perProtocol,
        losses: losses.filter { $0.arm == first || $0.arm == second }.map {
          ArmLoss(arm: $0.arm, randomized: $0.randomized, analysed: $0.analysed)
        }, rule: stated ?? usual)
    } catch let refusal as any CustomStringConvertible {
      throw .statistics(refusal.description)
    } catch {
      throw .statistics("The comparison could not be computed.")
    }
  }

  /// The claim of a planned objective; the definition writes the margin as a positive number of
  /// the outcome's scale, higher being better.
  public static func claim(of objective: Objective) throws -> Claim {
    switch objective {
    case .noninferiority(let margin):
      let value = Double(margin.text(decimals: 12)) ?? 0
      return .noninferiority(try NoninferiorityMargin.forProportions(-abs(value)))
    case .superiority: return .superiority(.higherIsBetter)
    }
  }

  private static func flow(
    of code: String, _ label: String, _ states: [String: String], _ arms: [String: String],
    _ records: [EndpointRecord]
  ) -> ArmFlow {
    let members = records.filter { arms[$0.participant] == code }
    let known = members.filter { $0.isResponder != nil }
    let usable = known.filter(\.isRatedInWindow)
    func count(_ state: String) -> Int { members.count { states[$0.participant] == state } }
    return ArmFlow(
      arm: label, randomized: members.count, withdrawn: count("withdrawn"), died: count("died"),
      lost: count("lost"), analysed: known.count,
      responders: known.count { $0.isResponder == true }, perProtocol: usable.count,
      perProtocolResponders: usable.count { $0.isResponder == true },
      notAnalysed: counted(
        members.filter { $0.isResponder == nil }.map { record in
          switch states[record.participant] {
          case "withdrawn": "withdrew"
          case "lost": "lost to follow-up"
          case nil, .some: "no usable rating"
          }
        }))
  }
}

/// Responders by stratum and arm.
struct EndpointCounts {
  private struct Cell {
    var sample = BinomialSample(responders: 0, total: 0)
    var perProtocol = BinomialSample(responders: 0, total: 0)
  }
  private var cells: [String: [String: Cell]] = [:]

  init(_ records: [EndpointRecord], arms: [String: String]) {
    for record in records {
      guard let responded = record.isResponder, let arm = arms[record.participant] else { continue }
      var cell = cells[record.stratum, default: [:]][arm] ?? Cell()
      cell.sample.total += 1
      cell.sample.responders += responded ? 1 : 0
      if record.isRatedInWindow {
        cell.perProtocol.total += 1
        cell.perProtocol.responders += responded ? 1 : 0
      }
      cells[record.stratum, default: [:]][arm] = cell
    }
  }

  func table(
    _ first: String, _ second: String, perProtocol: Bool
  ) throws(StatisticsRefusal) -> StratifiedTable {
    let empty = BinomialSample(responders: 0, total: 0)
    return try StratifiedTable(
      cells.keys.sorted().map { stratum in
        let one = cells[stratum]?[first]
        let two = cells[stratum]?[second]
        return Stratum(
          label: stratum,
          experimental: (perProtocol ? one?.perProtocol : one?.sample) ?? empty,
          comparator: (perProtocol ? two?.perProtocol : two?.sample) ?? empty)
      })
  }
}
