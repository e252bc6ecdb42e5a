import Markup

/// Shares still free of an event, as stairs, with the numbers at risk below.
public struct SurvivalPicture: Picture, Equatable {
  /// One arm.
  public struct Line: Sendable, Equatable {
    /// The arm.
    public var label: String
    /// Days and the share after them, in order.
    public var steps: [Step]
    /// How many are at risk at each of the days told.
    public var atRisk: [Int]

    /// All of it at once.
    public init(label: String, steps: [Step], atRisk: [Int]) {
      self.label = label
      self.steps = steps
      self.atRisk = atRisk
    }
  }

  /// One fall.
  public struct Step: Sendable, Equatable {
    /// The day.
    public var day: Double
    /// The share after it, from 0 to 1.
    public var share: Double

    /// All of it at once.
    public init(day: Double, share: Double) {
      self.day = day
      self.share = share
    }
  }

  /// What the picture shows, as a sentence.
  public var finding: String
  /// The curves in words.
  public var numbers: String
  /// The days under which numbers at risk stand.
  public var days: [Double]
  /// The arms.
  public var lines: [Line]

  /// A picture of curves.
  public init(finding: String, days: [Double], lines: [Line]) {
    self.finding = finding
    self.days = days
    self.lines = lines
    numbers =
      lines.map { line in
        let last = (line.steps.last?.share ?? 1) * 100
        return
          "\(line.label): \(line.steps.count) falls, at the end \(Decimal1.words(last)) per cent, at risk "
          + line.atRisk.map(String.init).joined(separator: ", ")
      }.joined(separator: "; ") + "."
  }

  /// Draws days to the right and the share upward.
  public func draw(on canvas: inout Canvas) {
    let isWide = canvas.width == .wide
    let (left, right, foot) = (64.0, canvas.width.units - 20, isWide ? 250.0 : 210.0)
    canvas.height = foot + 66 + 18 * Double(lines.count)
    let last = max(days.last ?? 1, 1)
    let x = { (day: Double) in left + min(day, last) / last * (right - left) }
    let y = { (share: Double) in foot - share * (foot - 22) }
    for percent in [0, 25, 50, 75, 100] {
      let height = y(Double(percent) / 100)
      canvas.line(left, height, right, height, .line)
      canvas.text("\(percent) %", x: left - 8, y: height + 4, .inkSoft, anchor: .end)
    }
    canvas.line(left, foot, right, foot, .inkSoft)
    for day in days {
      canvas.line(x(day), foot, x(day), foot + 5, .inkSoft)
      canvas.text(
        Decimal1.text(day), x: x(day), y: foot + 18, .inkSoft, anchor: .middle)
    }
    canvas.text("days", x: right, y: foot + 34, .inkSoft, anchor: .end)
    canvas.text("at risk", x: 0, y: foot + 48, .inkSoft)
    for (number, line) in lines.enumerated() {
      let mark = ArmMark(number)
      canvas.path(stairs(line, last, x, y), mark.ink, width: 2, dash: mark.dash)
      let row = foot + 66 + 18 * Double(number)
      canvas.line(0, row - 4, 16, row - 4, mark.ink, width: 2, dash: mark.dash)
      canvas.text(line.label, x: 20, y: row, .ink)
      for (day, count) in zip(days, line.atRisk) {
        canvas.text(String(count), x: x(day), y: row, .ink, anchor: .middle)
      }
    }
  }

  private func stairs(
    _ line: Line, _ last: Double, _ x: (Double) -> Double, _ y: (Double) -> Double
  ) -> [(x: Double, y: Double)] {
    var points = [(x: x(0), y: y(1))]
    var share = 1.0
    for step in line.steps where step.day <= last {
      points.append((x: x(step.day), y: y(share)))
      share = step.share
      points.append((x: x(step.day), y: y(share)))
    }
    points.append((x: x(last), y: y(share)))
    return points
  }
}
