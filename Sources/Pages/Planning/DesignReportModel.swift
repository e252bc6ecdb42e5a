public import Pictures

/// What a simulation of the whole design came to.
public struct DesignReportModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// The planning page.
  public var back: Link
  /// Which simulation it is.
  public var title: String
  /// What was simulated.
  public var lead: String
  /// How often each hypothesis is shown.
  public var power: PowerPicture
  /// The same as a table.
  public var hypotheses: DataTable
  /// The looks and their bounds.
  public var looks: DataTable
  /// What the advice on futility would do, in sentences; empty without advice.
  public var futility: [String]
  /// What was assumed, and how it can be repeated.
  public var facts: [Fact]
  /// The figures as files.
  public var files: [Link]

  /// All of it at once.
  public init(
    frame: PageFrame, back: Link, title: String, lead: String, power: PowerPicture,
    hypotheses: DataTable, looks: DataTable, futility: [String], facts: [Fact], files: [Link]
  ) {
    self.frame = frame
    self.back = back
    self.title = title
    self.lead = lead
    self.power = power
    self.hypotheses = hypotheses
    self.looks = looks
    self.futility = futility
    self.facts = facts
    self.files = files
  }
}
