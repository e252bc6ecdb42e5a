import Markup

/// How far apart the arms of candidate schemes end, as a distribution over simulated trials.
public struct ImbalancePicture: Picture, Equatable {
  /// One candidate.
  public struct Row: Sendable, Equatable {
    /// The candidate in words.
    public var label: String
    /// The share of the trials in each step of the imbalance, from 0 on.
    public var shares: [Double]
    /// The mean with its standard error, in words.
    public var mean: String

    /// A candidate with its distribution.
    public init(label: String, shares: [Double], mean: String) {
      self.label = label
      self.shares = shares
      self.mean = mean
    }
  }

  /// What the picture shows, as a sentence.
  public var finding: String
  /// The means in words.
  public var numbers: String
  /// The values of the imbalance in one step.
  public var width: Int
  /// The candidates.
  public var rows: [Row]

  /// A picture of distributions, one under the other on one axis.
  public init(finding: String, numbers: String, width: Int, rows: [Row]) {
    self.finding = finding
    self.numbers = numbers
    self.width = width
    self.rows = rows
  }

  /// Draws a row of columns for each candidate over the axis they share.
  public func draw(on canvas: inout Canvas) {
    let steps = max(1, rows.map(\.shares.count).max() ?? 1)
    let axis = Axis(
      holding: [0, Double(steps * width)], from: 4, to: canvas.width.units - 16)
    let tallest = max(rows.flatMap(\.shares).max() ?? 0, 0.01)
    let height = 64.0
    for (index, row) in rows.enumerated() {
      let foot = 98 + Double(index) * 104
      canvas.text(row.label, x: 0, y: foot - height - 20, bold: true)
      canvas.text(row.mean, x: 0, y: foot - height - 4, .inkSoft)
      for (step, share) in row.shares.enumerated() where share > 0 {
        let (from, to) = (Double(step * width), Double((step + 1) * width))
        let tall = max(share / tallest * (height - 12), 1)
        canvas.rect(
          x: axis.place(from) + 0.5, y: foot - tall,
          width: max(axis.place(to) - axis.place(from) - 1, 1), height: tall, fill: .accent)
      }
      canvas.line(axis.start, foot, axis.end, foot, .inkSoft)
    }
    let foot = 98 + Double(max(rows.count, 1) - 1) * 104
    for tick in axis.ticks {
      let x = axis.place(tick)
      canvas.line(x, foot, x, foot + 5, .inkSoft)
      canvas.tickText(Decimal1.text(tick), x: x, y: foot + 19)
    }
    canvas.text("imbalance at the end of a trial", x: 0, y: foot + 37, .inkSoft)
    canvas.height = foot + 46
  }
}
