import Markup

/// Differences of several groups under one another, with everybody last.
public struct ForestPicture: Picture, Equatable {
  /// One group.
  public struct Row: Sendable, Equatable {
    /// The group.
    public var label: String
    /// Responders of analysed by arm.
    public var counts: String
    /// The difference in points.
    public var estimate: Double
    /// Its lower limit.
    public var lower: Double
    /// Its upper limit.
    public var upper: Double
    /// Whether it is everybody: drawn as a diamond.
    public var isOverall: Bool

    /// All of it at once.
    public init(
      label: String, counts: String, estimate: Double, lower: Double, upper: Double,
      isOverall: Bool
    ) {
      self.label = label
      self.counts = counts
      self.estimate = estimate
      self.lower = lower
      self.upper = upper
      self.isOverall = isOverall
    }
  }

  /// What the picture shows, as a sentence.
  public var finding: String
  /// The differences in words.
  public var numbers: String
  /// The margin in points, where there is one.
  public var margin: Double?
  /// The groups.
  public var rows: [Row]

  /// A picture of groups.
  public init(finding: String, margin: Double?, rows: [Row]) {
    self.finding = finding
    self.margin = margin
    self.rows = rows
    numbers =
      rows.map {
        "\($0.label): \(Decimal1.signed($0.estimate)), \(Decimal1.words($0.lower)) to \(Decimal1.words($0.upper))"
      }.joined(separator: "; ") + "."
  }

  /// Draws a line for each group; when narrow its words stand above.
  public func draw(on canvas: inout Canvas) {
    let isWide = canvas.width == .wide
    let step = isWide ? 24.0 : 42.0
    let foot = 26 + step * Double(rows.count)
    let axis = Axis(
      holding: rows.flatMap { [$0.lower, $0.upper] } + [0, margin ?? 0],
      from: isWide ? 250 : 10, to: isWide ? 570 : 330)
    canvas.height = foot + 48
    if let margin {
      let edge = axis.place(margin)
      canvas.line(edge, 18, edge, foot, .bad, width: 2, dash: "6 4")
      canvas.text("margin", x: edge, y: 12, .bad, anchor: .middle)
    }
    canvas.line(axis.place(0), 18, axis.place(0), foot, .inkSoft)
    for (index, row) in rows.enumerated() {
      draw(row, at: 22 + step * Double(index), isWide: isWide, axis: axis, on: &canvas)
    }
    canvas.line(axis.start, foot, axis.end, foot, .inkSoft)
    for tick in axis.ticks {
      canvas.line(axis.place(tick), foot, axis.place(tick), foot + 5, .inkSoft)
      canvas.tickText(
        Decimal1.text(tick).replacingMinus, x: axis.place(tick), y: foot + 19)
    }
    canvas.text(
      "difference in points", x: (axis.start + axis.end) / 2, y: foot + 38, .inkSoft,
      anchor: .middle)
  }

  private func draw(
    _ row: Row, at top: Double, isWide: Bool, axis: Axis, on canvas: inout Canvas
  ) {
    let y = isWide ? top + 10 : top + 28
    canvas.text(row.label, x: 0, y: top + 14, .ink, bold: row.isOverall)
    canvas.text(
      row.counts, x: isWide ? 236 : 340, y: top + 14, .inkSoft, anchor: .end)
    if isWide {
      canvas.text(
        "\(Decimal1.signed(row.estimate)) (\(Decimal1.words(row.lower)) to \(Decimal1.words(row.upper)))",
        x: 758, y: top + 14, .ink, anchor: .end, bold: row.isOverall)
    }
    let centre = axis.place(row.estimate)
    canvas.line(axis.place(row.lower), y, axis.place(row.upper), y, .accent, width: 2)
    if row.isOverall {
      canvas.area(
        [(centre - 7, y), (centre, y - 7), (centre + 7, y), (centre, y + 7)], fill: .accent)
    } else {
      canvas.rect(x: centre - 4, y: y - 4, width: 8, height: 8, fill: .accent)
    }
  }
}
