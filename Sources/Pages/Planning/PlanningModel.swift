public import Pictures

/// The plan of a trial in numbers: assumptions, bounds, sizes, and what the whole design achieves.
public struct PlanningModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// What the numbers rest on.
  public var lead: String
  /// Why something was refused.
  public var faults: [Fault]
  /// The arms as the protocol assumes them.
  public var arms: DataTable
  /// The power the protocol states.
  public var stated: [Fact]
  /// The bounds as a picture; nil without a look.
  public var boundaries: BoundaryPicture?
  /// The looks with their bounds.
  public var looks: DataTable
  /// What the size of a comparison is asked from.
  public var sizeFields: [EntryField]
  /// Where they are sent.
  public var sizeAction: String
  /// The size asked for, as sentences; empty before.
  public var size: [String]
  /// How far the latest simulation is.
  public var progress: SimulationProgress?
  /// The reports of earlier simulations.
  public var reports: [Link]
  /// The way to a new simulation.
  public var simulate: Link

  /// All of it at once.
  public init(
    frame: PageFrame, lead: String, faults: [Fault] = [], arms: DataTable, stated: [Fact],
    boundaries: BoundaryPicture?, looks: DataTable, sizeFields: [EntryField], sizeAction: String,
    size: [String],
    progress: SimulationProgress?, reports: [Link], simulate: Link
  ) {
    self.frame = frame
    self.lead = lead
    self.faults = faults
    self.arms = arms
    self.stated = stated
    self.boundaries = boundaries
    self.looks = looks
    self.sizeFields = sizeFields
    self.sizeAction = sizeAction
    self.size = size
    self.progress = progress
    self.reports = reports
    self.simulate = simulate
  }
}
