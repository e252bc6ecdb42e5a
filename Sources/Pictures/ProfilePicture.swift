import Markup

/// Means with intervals over visits, one line for each arm.
public struct ProfilePicture: Picture, Equatable {
  /// One mean.
  public struct Point: Sendable, Equatable {
    /// The visit by its place.
    public var visit: Int
    /// The mean.
    public var mean: Double
    /// Its lower limit.
    public var lower: Double
    /// Its upper limit.
    public var upper: Double

    /// All of it at once.
    public init(visit: Int, mean: Double, lower: Double, upper: Double) {
      self.visit = visit
      self.mean = mean
      self.lower = lower
      self.upper = upper
    }
  }

  /// One arm.
  public struct Line: Sendable, Equatable {
    /// The arm.
    public var label: String
    /// Its means.
    public var points: [Point]

    /// All of it at once.
    public init(label: String, points: [Point]) {
      self.label = label
      self.points = points
    }
  }

  /// What the picture shows, as a sentence.
  public var finding: String
  /// The means in words.
  public var numbers: String
  /// What is measured.
  public var unit: String
  /// The visits.
  public var visits: [String]
  /// The arms.
  public var lines: [Line]

  /// A picture of means.
  public init(finding: String, unit: String, visits: [String], lines: [Line]) {
    self.finding = finding
    self.unit = unit
    self.visits = visits
    self.lines = lines
    numbers =
      lines.map { line in
        "\(line.label): "
          + line.points.map { "\(visits[$0.visit]) \(Decimal1.words($0.mean))" }
          .joined(separator: ", ")
      }.joined(separator: "; ") + "."
  }

  /// Draws visits to the right and scores upward; arms stand side by side at a visit.
  public func draw(on canvas: inout Canvas) {
    let isWide = canvas.width == .wide
    let (left, right, foot) = (40.0, canvas.width.units - 20, isWide ? 270.0 : 230.0)
    canvas.height = foot + 30 + 20 * Double(isWide ? 1 : lines.count)
    let axis = Axis(
      holding: lines.flatMap(\.points).flatMap { [$0.lower, $0.upper] }, from: foot, to: 26)
    canvas.text(unit, x: 0, y: 12, .inkSoft)
    for tick in axis.ticks {
      canvas.line(left, axis.place(tick), right, axis.place(tick), .line)
      canvas.text(
        Decimal1.text(tick).replacingMinus, x: left - 8, y: axis.place(tick) + 4, .inkSoft,
        anchor: .end)
    }
    let width = (right - left) / Double(max(visits.count, 1))
    let place = { (visit: Int) in left + width * (Double(visit) + 0.5) }
    for (number, visit) in visits.enumerated() {
      canvas.text(visit, x: place(number), y: foot + 18, .inkSoft, anchor: .middle)
    }
    for (number, line) in lines.enumerated() {
      let mark = ArmMark(number)
      let shift = (Double(number) - Double(lines.count - 1) / 2) * 10
      let points = line.points.map { (x: place($0.visit) + shift, point: $0) }
      canvas.path(
        points.map { (x: $0.x, y: axis.place($0.point.mean)) }, mark.ink, width: 2,
        dash: mark.dash)
      for (x, point) in points {
        canvas.line(x, axis.place(point.lower), x, axis.place(point.upper), mark.ink, width: 1.5)
        mark.draw(x: x, y: axis.place(point.mean), on: &canvas)
      }
      let key =
        isWide
        ? (x: left + 120 * Double(number), y: foot + 42)
        : (x: left, y: foot + 40 + 20 * Double(number))
      canvas.line(key.x, key.y - 4, key.x + 30, key.y - 4, mark.ink, width: 2, dash: mark.dash)
      mark.draw(x: key.x + 15, y: key.y - 4, on: &canvas)
      canvas.text(line.label, x: key.x + 38, y: key.y, .ink)
    }
  }
}
