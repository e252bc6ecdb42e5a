/// One adverse event of one participant.
public struct AdverseEvent: Equatable, Hashable, Sendable {
  /// Whose event it is.
  public var participant: String
  /// The arm under which it is counted.
  public var arm: String
  /// The system organ class.
  public var organClass: String
  /// The preferred term.
  public var preferredTerm: String
  /// The severity grade, 1 to 5.
  public var grade: Int
  /// Whether it meets a criterion of seriousness.
  public var isSerious: Bool

  /// An event from its parts.
  public init(
    participant: String, arm: String, organClass: String, preferredTerm: String, grade: Int,
    isSerious: Bool
  ) {
    self.participant = participant
    self.arm = arm
    self.organClass = organClass
    self.preferredTerm = preferredTerm
    self.grade = grade
    self.isSerious = isSerious
  }
}

/// Participants with events, by organ class, term and arm.
///
/// A participant counts once in a row however many events; the events are counted beside. Shares have
/// exact (Clopper-Pearson) limits. Rows: any, any serious, grade 3 and above, then every organ class
/// in alphabetical order followed by its terms.
public struct AdverseEventTable: Equatable, Sendable {
  /// One row for one arm.
  public struct Cell: Equatable, Sendable {
    /// The row's name.
    public var row: String
    /// The arm.
    public var arm: String
    /// Participants with at least one event and how many were treated.
    public var participants: BinomialSample
    /// How many events.
    public var events: Int
    /// Limits for the share of participants.
    public var interval: ConfidenceInterval
  }

  /// The cells, row by row, arms in the order given.
  public let cells: [Cell]

  /// Counts events of participants treated in each arm.
  public init(
    _ events: [AdverseEvent], treated: [(arm: String, participants: Int)], level: Double = 0.95
  ) throws(StatisticsRefusal) {
    var rows: [(name: String, events: [AdverseEvent])] = [
      ("Any", events), ("Any serious", events.filter(\.isSerious)),
      ("Grade 3+", events.filter { $0.grade >= 3 }),
    ]
    for organClass in Set(events.map(\.organClass)).sorted() {
      let inClass = events.filter { $0.organClass == organClass }
      rows.append((organClass, inClass))
      for term in Set(inClass.map(\.preferredTerm)).sorted() {
        rows.append(
          ("\(organClass) / \(term)", inClass.filter { $0.preferredTerm == term }))
      }
    }
    var cells: [Cell] = []
    for row in rows {
      for (arm, total) in treated {
        let inArm = row.events.filter { $0.arm == arm }
        let sample = BinomialSample(
          responders: Set(inArm.map(\.participant)).count, total: total)
        cells.append(
          Cell(
            row: row.name, arm: arm, participants: sample, events: inArm.count,
            interval: try Proportion.clopperPearson(sample, level: level)))
      }
    }
    self.cells = cells
  }
}
