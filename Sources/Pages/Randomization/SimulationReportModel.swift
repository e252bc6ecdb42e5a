public import Pictures

/// What a simulation of candidate schemes came to, side by side.
public struct SimulationReportModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// The randomization.
  public var back: Link
  /// Which simulation it is.
  public var title: String
  /// What was simulated.
  public var lead: String
  /// The candidates side by side.
  public var comparison: DataTable
  /// The figures as a file.
  public var file: Link
  /// The distribution of the imbalance.
  public var imbalance: ImbalancePicture
  /// Guesses against certainty.
  public var predictability: PredictabilityPicture
  /// The arms around their planned numbers.
  public var balance: ArmBalancePicture
  /// The arms as a table.
  public var arms: DataTable
  /// How it can be repeated.
  public var facts: [Fact]

  /// All of it at once.
  public init(
    frame: PageFrame, back: Link, title: String, lead: String, comparison: DataTable, file: Link,
    imbalance: ImbalancePicture, predictability: PredictabilityPicture,
    balance: ArmBalancePicture, arms: DataTable, facts: [Fact]
  ) {
    self.frame = frame
    self.back = back
    self.title = title
    self.lead = lead
    self.comparison = comparison
    self.file = file
    self.imbalance = imbalance
    self.predictability = predictability
    self.balance = balance
    self.arms = arms
    self.facts = facts
  }
}
