/// The numbers of a picture, before it is drawn.
public enum ReportFigure: Sendable, Equatable, Codable {
  /// Differences of several groups under one another.
  case forest(Forest)
  /// Means over visits by arm.
  case profile(Profile)
  /// Shares still free of an event by arm.
  case survival(Survival)
  /// Bounds of a plan with the looks taken.
  case boundaries(Boundaries)
  /// At which shifts of missing values a conclusion holds.
  case tipping(Tipping)

  /// Its name in files.
  public var id: String {
    switch self {
    case .forest(let figure): figure.id
    case .profile(let figure): figure.id
    case .survival(let figure): figure.id
    case .boundaries(let figure): figure.id
    case .tipping(let figure): figure.id
    }
  }

  /// What the picture says, as a sentence.
  public var finding: String {
    switch self {
    case .forest(let figure): figure.finding
    case .profile(let figure): figure.finding
    case .survival(let figure): figure.finding
    case .boundaries(let figure): figure.finding
    case .tipping(let figure): figure.finding
    }
  }

  /// Differences of several groups, in points.
  public struct Forest: Sendable, Equatable, Codable {
    /// One group.
    public struct Row: Sendable, Equatable, Codable {
      /// The group.
      public var label: String
      /// How many of each arm, in words.
      public var counts: String
      /// The difference.
      public var estimate: Double
      /// Its lower limit.
      public var lower: Double
      /// Its upper limit.
      public var upper: Double
      /// Whether it is everybody.
      public var isOverall: Bool
    }
    /// Its name in files.
    public var id: String
    /// What it says.
    public var finding: String
    /// The margin in points, where there is one.
    public var margin: Double?
    /// The groups.
    public var rows: [Row]
  }

  /// Means over visits.
  public struct Profile: Sendable, Equatable, Codable {
    /// One mean with its limits.
    public struct Point: Sendable, Equatable, Codable {
      /// The visit by its place in `visits`.
      public var visit: Int
      /// The mean.
      public var mean: Double
      /// Its lower limit.
      public var lower: Double
      /// Its upper limit.
      public var upper: Double
    }
    /// One arm.
    public struct Line: Sendable, Equatable, Codable {
      /// The arm.
      public var arm: String
      /// Its means.
      public var points: [Point]
    }
    /// Its name in files.
    public var id: String
    /// What it says.
    public var finding: String
    /// What is measured.
    public var unit: String
    /// The visits in order.
    public var visits: [String]
    /// The arms.
    public var lines: [Line]
  }

  /// Shares still free of an event.
  public struct Survival: Sendable, Equatable, Codable {
    /// One fall of a curve.
    public struct Step: Sendable, Equatable, Codable {
      /// The day.
      public var time: Double
      /// The share after it.
      public var share: Double
    }
    /// One arm.
    public struct Line: Sendable, Equatable, Codable {
      /// The arm.
      public var arm: String
      /// Its curve.
      public var steps: [Step]
      /// How many are at risk at each of `times`.
      public var atRisk: [Int]
    }
    /// Its name in files.
    public var id: String
    /// What it says.
    public var finding: String
    /// What happens.
    public var event: String
    /// The days under which numbers at risk stand.
    public var times: [Double]
    /// The arms.
    public var lines: [Line]
  }

  /// Bounds of a plan.
  public struct Boundaries: Sendable, Equatable, Codable {
    /// One look.
    public struct Look: Sendable, Equatable, Codable {
      /// The share of the information.
      public var information: Double
      /// The bound.
      public var bound: Double
      /// The statistic, once the look was taken.
      public var statistic: Double?
    }
    /// Its name in files.
    public var id: String
    /// What it says.
    public var finding: String
    /// The looks.
    public var looks: [Look]
  }

  /// Where a conclusion tips.
  public struct Tipping: Sendable, Equatable, Codable {
    /// Its name in files.
    public var id: String
    /// What it says.
    public var finding: String
    /// The arm shifted along the rows.
    public var first: String
    /// The arm shifted along the columns.
    public var second: String
    /// Shifts of the first arm, in points of the score, against the conclusion.
    public var firstShifts: [Double]
    /// Shifts of the second arm.
    public var secondShifts: [Double]
    /// The lower limit at each pair of shifts, row by row, in points of per cent.
    public var limits: [[Double]]
    /// The limit above which the claim holds.
    public var edge: Double
  }
}
