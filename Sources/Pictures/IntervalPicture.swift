import Markup

/// Differences with their intervals against the margin, in the order of testing.
public struct IntervalPicture: Picture, Equatable {
  /// The set of participants an interval was computed from.
  public enum PopulationSet: Sendable, Equatable {
    case full, perProtocol
  }

  /// One interval.
  public struct Interval: Sendable, Equatable {
    /// The set it was computed from, which decides the mark.
    public var set: PopulationSet
    /// Set and counts in words.
    public var label: String
    /// The difference in points.
    public var estimate: Double
    /// The lower limit in points.
    public var lower: Double
    /// The upper limit in points.
    public var upper: Double

    /// An interval in points.
    public init(
      set: PopulationSet, label: String, estimate: Double, lower: Double, upper: Double
    ) {
      self.set = set
      self.label = label
      self.estimate = estimate
      self.lower = lower
      self.upper = upper
    }
  }

  /// One hypothesis with its intervals.
  public struct Row: Sendable, Equatable {
    /// The name of the hypothesis.
    public var code: String
    /// The comparison, first minus second.
    public var comparison: String
    /// Its intervals, the full set first.
    public var intervals: [Interval]
    /// Whether the margin is what it is tested against.
    public var hasMargin: Bool
    /// False after the first hypothesis that was not shown.
    public var isTested: Bool

    /// A hypothesis with its intervals.
    public init(
      code: String, comparison: String, intervals: [Interval], hasMargin: Bool, isTested: Bool
    ) {
      self.code = code
      self.comparison = comparison
      self.intervals = intervals
      self.hasMargin = hasMargin
      self.isTested = isTested
    }
  }

  /// What the picture shows, as a sentence.
  public var finding: String
  /// The intervals in words.
  public var numbers: String
  /// The margin in points, below zero when right is better for the first arm.
  public var margin: Double
  /// The hypotheses in order of testing.
  public var rows: [Row]
  /// What a difference to the left means.
  public var favoursLeft: String
  /// What a difference to the right means.
  public var favoursRight: String
  /// What the hollow marks show.
  public var besideLabel: String
  /// What the intervals are called by their level.
  public var intervalTitle: String

  /// A picture of intervals against a margin.
  public init(
    finding: String, numbers: String, margin: Double, rows: [Row],
    favoursLeft: String = "favours the second named",
    favoursRight: String = "favours the first named", besideLabel: String = "per protocol",
    intervalTitle: String
  ) {
    self.finding = finding
    self.numbers = numbers
    self.margin = margin
    self.rows = rows
    self.favoursLeft = favoursLeft
    self.favoursRight = favoursRight
    self.besideLabel = besideLabel
    self.intervalTitle = intervalTitle
  }

  /// Draws the rows with columns of numbers when wide, and with the numbers above when narrow.
  public func draw(on canvas: inout Canvas) {
    let limits = rows.flatMap(\.intervals).flatMap { [$0.lower, $0.upper] }
    let isWide = canvas.width == .wide
    let axis = Axis(
      holding: limits + [margin * 1.5, 0], from: isWide ? 246 : 10, to: isWide ? 576 : 330)
    let plan = Plan(rows: rows, isWide: isWide)
    canvas.height = plan.foot + (isWide ? 72 : 64)
    drawGround(on: &canvas, axis: axis, plan: plan)
    for (row, y) in zip(rows, plan.rowPlaces) {
      draw(row, at: y, on: &canvas, axis: axis, plan: plan)
    }
    drawFoot(on: &canvas, axis: axis, plan: plan)
  }

  /// A part of the ground; a narrow drawing leaves the words between its intervals free.
  private struct Stripe {
    let top: Double
    let foot: Double
    let marginFoot: Double
  }

  /// Where the rows stand: the same counting for ground and marks, so that they cannot part.
  private struct Plan {
    let isWide: Bool
    let rowPlaces: [Double]
    let stripes: [Stripe]
    let marginFoot: Double
    let foot: Double

    init(rows: [Row], isWide: Bool) {
      self.isWide = isWide
      var y = 34.0
      var places: [Double] = []
      var marginFoot = y
      var stripes: [Stripe] = []
      for row in rows {
        places.append(y)
        let count = Double(row.intervals.count)
        for index in row.intervals.indices {
          let top = y + 38 + 46 * Double(index)
          stripes.append(
            Stripe(top: top, foot: top + 22, marginFoot: row.hasMargin ? top + 22 : top))
        }
        y += isWide ? 24 + 26 * count : 32 + 46 * count
        if row.hasMargin { marginFoot = y - 4 }
      }
      rowPlaces = places
      self.stripes = stripes
      self.marginFoot = marginFoot
      foot = y
    }
  }

  private func drawGround(on canvas: inout Canvas, axis: Axis, plan: Plan) {
    let edge = axis.place(margin)
    let stripes =
      plan.isWide ? [Stripe(top: 22, foot: plan.foot, marginFoot: plan.marginFoot)] : plan.stripes
    for stripe in stripes {
      if stripe.marginFoot > stripe.top {
        canvas.rect(
          x: axis.start, y: stripe.top, width: edge - axis.start,
          height: stripe.marginFoot - stripe.top, fill: .badTint)
        canvas.line(
          edge, stripe.top, edge, stripe.marginFoot, .bad, width: 2, dash: "6 4")
      }
      canvas.line(axis.place(0), stripe.top, axis.place(0), stripe.foot, .inkSoft)
    }
    let zero = axis.place(0)
    canvas.text(
      "margin \(Self.whole(margin))", x: edge, y: 14, .bad, anchor: .middle, bold: true)
    canvas.text("no difference", x: max(zero, edge + 48), y: 14, .inkSoft)
    if plan.isWide {
      // Three short lines: the region is often not wider than one word.
      if edge - axis.start > 58, plan.marginFoot > 80 {
        let middle = (22 + plan.marginFoot) / 2
        for (index, words) in ["worse", "than the", "margin"].enumerated() {
          canvas.text(
            words, x: (axis.start + edge) / 2, y: middle - 12 + 16 * Double(index), .bad,
            anchor: .middle)
        }
      }
      canvas.text("difference", x: 660, y: 14, .inkSoft, anchor: .end)
      canvas.text(intervalTitle, x: 758, y: 14, .inkSoft, anchor: .end)
    }
  }

  private func draw(
    _ row: Row, at top: Double, on canvas: inout Canvas, axis: Axis, plan: Plan
  ) {
    let ink: Ink = row.isTested ? .ink : .inkSoft
    let name = row.isTested ? row.comparison : "\(row.comparison), not tested"
    canvas.text(row.code, x: 0, y: top + 14, ink, bold: true)
    canvas.text(name, x: 28, y: top + 14, ink, bold: row.isTested)
    for (index, interval) in row.intervals.enumerated() {
      if plan.isWide {
        let y = top + 22 + 26 * Double(index)
        canvas.text(interval.label, x: 28, y: y + 8, .inkSoft, size: 12)
        mark(interval, isTested: row.isTested, at: y - 2, on: &canvas, axis: axis)
        let isMain = interval.set == .full && row.isTested
        canvas.text(
          Decimal1.signed(interval.estimate), x: 660, y: y + 2, isMain ? .ink : .inkSoft,
          anchor: .end, bold: isMain)
        canvas.text(
          Self.limits(interval), x: 758, y: y + 2, isMain ? .ink : .inkSoft, anchor: .end)
      } else {
        let y = top + 32 + 46 * Double(index)
        canvas.text(interval.label, x: 0, y: y, .inkSoft)
        canvas.text(
          Decimal1.signed(interval.estimate), x: 340, y: y, ink, anchor: .end, bold: row.isTested)
        mark(interval, isTested: row.isTested, at: y + 16, on: &canvas, axis: axis)
      }
    }
  }

  private func mark(
    _ interval: Interval, isTested: Bool, at y: Double, on canvas: inout Canvas, axis: Axis
  ) {
    let ink: Ink = isTested ? .accent : .edge
    let (left, right) = (axis.place(interval.lower), axis.place(interval.upper))
    canvas.line(left, y, right, y, ink, width: 2.5)
    canvas.line(left, y - 4, left, y + 4, ink, width: 2)
    canvas.line(right, y - 4, right, y + 4, ink, width: 2)
    let centre = axis.place(interval.estimate)
    switch interval.set {
    case .full:
      canvas.rect(x: centre - 5.5, y: y - 5.5, width: 11, height: 11, fill: ink)
    case .perProtocol:
      canvas.rect(
        x: centre - 4.5, y: y - 4.5, width: 9, height: 9, fill: .card, stroke: ink, strokeWidth: 2)
    }
  }

  private func drawFoot(on canvas: inout Canvas, axis: Axis, plan: Plan) {
    let y = plan.foot
    canvas.line(axis.start, y, axis.end, y, .inkSoft)
    for tick in axis.ticks {
      let x = axis.place(tick)
      canvas.line(x, y, x, y + 5, .inkSoft)
      canvas.text(
        tick > 0 ? "+\(Self.whole(tick))" : Self.whole(tick), x: x, y: y + 19, .inkSoft,
        anchor: x < 12 ? .start : x > canvas.width.units - 12 ? .end : .middle)
    }
    guard plan.isWide else {
      // On two lines: side by side the two directions are wider than the drawing.
      canvas.text("◄ \(favoursLeft)", x: 0, y: y + 40, .inkSoft)
      canvas.text("\(favoursRight) ►", x: 340, y: y + 57, .inkSoft, anchor: .end)
      return
    }
    let zero = axis.place(0)
    canvas.text("◄ \(favoursLeft)", x: zero - 12, y: y + 42, .inkSoft, anchor: .end)
    canvas.text("\(favoursRight) ►", x: zero + 12, y: y + 42, .inkSoft)
    canvas.rect(x: 0, y: y + 57, width: 10, height: 10, fill: .accent)
    canvas.text("full set", x: 16, y: y + 66, .inkSoft)
    guard rows.contains(where: { $0.intervals.contains { $0.set == .perProtocol } }) else { return }
    canvas.rect(
      x: 79, y: y + 58, width: 8, height: 8, fill: .card, stroke: .accent, strokeWidth: 2)
    canvas.text(besideLabel, x: 94, y: y + 66, .inkSoft)
  }

  private static func limits(_ interval: Interval) -> String {
    "\(Decimal1.words(interval.lower)) to \(Decimal1.words(interval.upper))"
  }

  private static func whole(_ number: Double) -> String {
    Decimal1.text(number).replacingMinus
  }
}

extension String {
  /// The text with real minus signs, as people read numbers.
  var replacingMinus: String {
    String(map { $0 == "-" ? "\u{2212}" : $0 })
  }
}
