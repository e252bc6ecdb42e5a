import Markup

/// How far the arms of candidate schemes end from their planned numbers.
public struct ArmBalancePicture: Picture, Equatable {
  /// One arm of a candidate.
  public struct Arm: Sendable, Equatable {
    /// The arm in words.
    public var label: String
    /// The mean difference from the planned number.
    public var mean: Double
    /// The difference below which 5 % of the trials lie.
    public var low: Double
    /// The difference above which 5 % of the trials lie.
    public var high: Double

    /// An arm with its differences.
    public init(label: String, mean: Double, low: Double, high: Double) {
      self.label = label
      self.mean = mean
      self.low = low
      self.high = high
    }
  }

  /// One candidate.
  public struct Row: Sendable, Equatable {
    /// The candidate in words.
    public var label: String
    /// Its arms.
    public var arms: [Arm]

    /// A candidate with its arms.
    public init(label: String, arms: [Arm]) {
      self.label = label
      self.arms = arms
    }
  }

  /// What the picture shows, as a sentence.
  public var finding: String
  /// The differences in words.
  public var numbers: String
  /// The candidates.
  public var rows: [Row]

  /// A picture of the arms' numbers around the plan.
  public init(finding: String, numbers: String, rows: [Row]) {
    self.finding = finding
    self.numbers = numbers
    self.rows = rows
  }

  /// Draws an interval for each arm around the line of the planned number.
  public func draw(on canvas: inout Canvas) {
    let arms = rows.flatMap(\.arms)
    let left = canvas.width == .wide ? 150.0 : 90.0
    let axis = Axis(
      holding: [-1, 1] + arms.flatMap { [$0.low, $0.high] }, from: left,
      to: canvas.width.units - 16)
    canvas.text("as planned", x: axis.place(0), y: 14, .inkSoft, anchor: .middle)
    var y = 40.0
    for row in rows {
      canvas.text(row.label, x: 0, y: y, .ink, bold: true)
      for arm in row.arms {
        y += 22
        canvas.line(axis.place(0), y - 14, axis.place(0), y + 8, .line)
        canvas.text(arm.label, x: 12, y: y, .inkSoft)
        let (low, high) = (axis.place(arm.low), axis.place(arm.high))
        canvas.line(low, y - 4, high, y - 4, .accent, width: 2.5)
        canvas.line(low, y - 8, low, y, .accent, width: 2)
        canvas.line(high, y - 8, high, y, .accent, width: 2)
        canvas.rect(
          x: axis.place(arm.mean) - 4.5, y: y - 8.5, width: 9, height: 9, fill: .accent)
      }
      y += 34
    }
    let foot = y - 18
    canvas.line(axis.start, foot, axis.end, foot, .inkSoft)
    for tick in axis.ticks {
      let x = axis.place(tick)
      canvas.line(x, foot, x, foot + 5, .inkSoft)
      canvas.text(
        tick > 0 ? "+\(Decimal1.text(tick))" : Decimal1.text(tick).replacingMinus, x: x,
        y: foot + 19, .inkSoft, anchor: .middle)
    }
    let words = ["participants above or below the plan;", "9 of 10 trials lie in the bar"]
    let lines = canvas.width == .wide ? [words.joined(separator: " ")] : words
    for (index, line) in lines.enumerated() {
      canvas.text(line, x: 0, y: foot + 37 + 17 * Double(index), .inkSoft)
    }
    canvas.height = foot + 29 + 17 * Double(lines.count)
  }
}
