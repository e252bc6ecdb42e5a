import Statistics
public import StudyModel

/// What a closed report tells of treatment, safety and blinding: by letter.
public struct InterimSafety: Sendable, Equatable, Codable {
  /// Who was treated.
  public struct Delivery: Sendable, Equatable, Codable {
    /// The letter of the allocated arm.
    public let letter: String
    /// Randomized to it.
    public let randomized: Int
    /// Of them, who received any treatment.
    public let treated: Int
    /// Of them, whose first treatment was another arm's.
    public let treatedOtherwise: Int
  }

  /// Participants with an event, by the treatment first received.
  public struct Events: Sendable, Equatable, Codable {
    /// What is counted: any event, serious ones, an organ class, a term.
    public let row: String
    /// The letter.
    public let letter: String
    /// Participants with at least one.
    public let participants: Int
    /// Of so many who were treated.
    public let treated: Int
    /// The share's lower limit (Clopper and Pearson, 95 %).
    public let lower: Double
    /// The share's upper limit.
    public let upper: Double
    /// Events.
    public let events: Int
  }

  /// How well the arms were guessed in one record at one visit.
  public struct Blinding: Sendable, Equatable, Codable {
    /// The guesses of one arm, by Bang's index: 0 is chance.
    public struct Row: Sendable, Equatable, Codable {
      /// The letter.
      public let letter: String
      /// Guesses recorded.
      public let guesses: Int
      /// The index, nil where it is not defined.
      public let index: Double?
    }

    /// The record's title and visit.
    public let record: String
    /// By letter.
    public let rows: [Row]
    /// James's index over all: 1 is complete blinding, 0 none; nil where it is not defined.
    public let overall: Double?
  }

  /// Treatment by letter.
  public let delivery: [Delivery]
  /// Adverse events by letter; none where the definition does not say where they are recorded.
  public let events: [Events]
  /// Blinding of every record that holds guesses; none where nobody guesses.
  public let blinding: [Blinding]

  /// Counts from data that hold the class `treatment`; nil where no analysis is planned.
  ///
  /// - Parameters:
  ///   - arms: participant to arm code.
  ///   - letters: arm code to its letter.
  init?(
    _ snapshot: TrialSnapshot, arms: [String: String], letters: [String: String],
    definition: StudyDefinition
  ) throws(AnalysisRefusal) {
    guard definition.analysis != nil else { return nil }
    let trial = try AnalysedTrial(
      AnalysisSource(
        snapshot: snapshot, holdsTreatment: true, arms: arms, definition: definition, key: 0,
        provenance: Provenance(
          study: "", definition: definition.version, snapshot: 0, cutOff: "", fingerprint: "",
          plan: "", software: "", randomKey: "", isDryRun: false)))
    let treated = SafetySection.treatments(trial)
    func letter(_ arm: String) -> String { letters[arm] ?? "" }
    delivery = trial.arms.map { arm in
      let allocated = trial.participants.filter { $0.arm == arm }
      let received = allocated.compactMap { treated[$0.key] }
      return Delivery(
        letter: letter(arm), randomized: allocated.count, treated: received.count,
        treatedOtherwise: received.count { $0 != arm })
    }.sorted { $0.letter < $1.letter }
    let byLetter = treated.mapValues(letter)
    do throws(StatisticsRefusal) {
      events = try Self.events(trial, byLetter, letters.values.sorted())
      blinding = try Self.blinding(trial, letters)
    } catch {
      throw .statistics(error.description)
    }
  }

  private static func blinding(
    _ trial: AnalysedTrial, _ letters: [String: String]
  ) throws(StatisticsRefusal) -> [Blinding] {
    var found: [Blinding] = []
    for guess in trial.plan.guesses {
      let counts = BlindingSection.counts(guess, trial)
      let isGuessed = counts.joined().contains { $0 > 0 }
      let index: BlindingIndex? = isGuessed ? try BlindingIndex(counts) : nil
      var rows: [Blinding.Row] = []
      for (number, guesses) in counts.enumerated() {
        rows.append(
          Blinding.Row(
            letter: letters[trial.arms[number]] ?? "", guesses: guesses.reduce(0, +),
            index: index?.arms[number].index?.value))
      }
      found.append(
        Blinding(
          record: BlindingSection.record(guess, trial), rows: rows.sorted { $0.letter < $1.letter },
          overall: index?.overall?.value))
    }
    return found
  }

  private static func events(
    _ trial: AnalysedTrial, _ treated: [String: String], _ letters: [String]
  ) throws(StatisticsRefusal) -> [Events] {
    let groups = SafetySection.groups(letters, treated)
    guard let fields = trial.plan.adverseEvents, !groups.isEmpty else { return [] }
    let events = SafetySection.events(of: fields, in: trial.source.snapshot, treated)
    return try AdverseEventTable(events, treated: groups).cells.map {
      Events(
        row: $0.row, letter: $0.arm, participants: $0.participants.responders,
        treated: $0.participants.total, lower: $0.interval.lower, upper: $0.interval.upper,
        events: $0.events)
    }
  }
}

/// Adverse events of all arms together, as the open report may show them.
public struct PooledEvents: Sendable, Equatable, Codable {
  /// One organ class.
  public struct Row: Sendable, Equatable, Codable {
    /// The organ class.
    public let organClass: String
    /// Participants with at least one event; nil where they are fewer than the plan shows.
    public let participants: Int?
  }

  /// The smallest number that is shown.
  public let least: Int
  /// The organ classes in alphabetical order.
  public let rows: [Row]

  /// Counts randomized participants with events, treated or not: who was treated would tell more than who fell ill.
  ///
  /// Nil where the definition does not declassify them. Rows in order of their names, since an order by number would
  /// tell which of the suppressed is the larger.
  public init?(_ snapshot: TrialSnapshot, definition: StudyDefinition) {
    guard let plan = definition.interim, plan.pooledEventsReason != nil,
      let fields = definition.analysis?.adverseEvents
    else { return nil }
    let randomized = snapshot.participants.filter(\.isRandomized).map { ($0.participant, "") }
    let events = SafetySection.events(
      of: fields, in: snapshot, Dictionary(randomized) { one, _ in one })
    let least = plan.smallestOpenCell
    self.least = least
    let people = Dictionary(grouping: events, by: \.organClass).mapValues {
      Set($0.map(\.participant)).count
    }
    rows = people.keys.sorted().map { name in
      let count = people[name] ?? 0
      return Row(organClass: name, participants: count < least ? nil : count)
    }
  }
}
