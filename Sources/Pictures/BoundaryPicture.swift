import Markup

/// The bounds of a group-sequential plan and the looks that were taken.
public struct BoundaryPicture: Picture, Equatable {
  /// One planned look.
  public struct Look: Sendable, Equatable {
    /// The share of the information, from 0 to 1.
    public var information: Double
    /// The bound at which the hypothesis is rejected.
    public var bound: Double
    /// The advice for futility, where the plan has one.
    public var futility: Double?
    /// The statistic, once the look was taken.
    public var statistic: Double?

    /// A planned look.
    public init(information: Double, bound: Double, futility: Double? = nil, statistic: Double?) {
      self.information = information
      self.bound = bound
      self.futility = futility
      self.statistic = statistic
    }
  }

  /// What the picture shows, as a sentence.
  public var finding: String
  /// The looks in words.
  public var numbers: String
  /// The looks in order of their information.
  public var looks: [Look]

  /// A picture of bounds and looks.
  public init(finding: String, numbers: String, looks: [Look]) {
    self.finding = finding
    self.numbers = numbers
    self.looks = looks
  }

  /// Draws information to the right and the statistic upward.
  public func draw(on canvas: inout Canvas) {
    let isWide = canvas.width == .wide
    let (left, right, foot) = (40.0, canvas.width.units - 70, isWide ? 290.0 : 230.0)
    canvas.height = foot + 46
    let statistics = looks.flatMap { [$0.bound, $0.futility, $0.statistic].compactMap(\.self) }
    let axis = Axis(holding: [0] + statistics, from: foot, to: 20)
    let place = { (information: Double) in left + information * (right - left) }
    for tick in axis.ticks {
      canvas.line(left, axis.place(tick), right, axis.place(tick), .line)
      canvas.text(
        Decimal1.text(tick).replacingMinus, x: left - 8, y: axis.place(tick) + 4, .inkSoft,
        anchor: .end)
    }
    canvas.line(left, foot, right, foot, .inkSoft)
    for share in [0.0, 0.25, 0.5, 0.75, 1.0] {
      canvas.line(place(share), foot, place(share), foot + 5, .inkSoft)
      canvas.text(
        Self.twoDecimals(share), x: place(share), y: foot + 19, .inkSoft, anchor: .middle)
    }
    canvas.text(
      "share of the information", x: (left + right) / 2, y: foot + 38, .inkSoft, anchor: .middle)
    canvas.text("z", x: left + 6, y: 12, .inkSoft)
    drawBounds(on: &canvas, axis: axis, place: place)
    for look in looks { draw(look, on: &canvas, axis: axis, place: place) }
  }

  private func drawBounds(on canvas: inout Canvas, axis: Axis, place: (Double) -> Double) {
    let bounds = looks.map { (x: place($0.information), y: axis.place($0.bound)) }
    canvas.path(bounds, .bad, width: 2)
    if let last = bounds.last {
      canvas.text("bound", x: last.x + 10, y: last.y + 4, .bad, bold: true)
    }
    let advice = looks.compactMap { look in
      look.futility.map { (x: place(look.information), y: axis.place($0)) }
    }
    guard let last = advice.last else { return }
    canvas.path(advice, .inkSoft, width: 2, dash: "2 4")
    canvas.text("advice", x: last.x + 10, y: last.y + 20, .inkSoft)
  }

  private func draw(
    _ look: Look, on canvas: inout Canvas, axis: Axis, place: (Double) -> Double
  ) {
    let x = place(look.information)
    let bound = axis.place(look.bound)
    canvas.circle(x, bound, radius: 4, fill: .card, stroke: .bad, strokeWidth: 2)
    canvas.text(Self.twoDecimals(look.bound), x: x, y: bound - 12, .bad, anchor: .middle)
    guard let statistic = look.statistic else {
      canvas.circle(x, axis.place(0), radius: 5, fill: .card, stroke: .accent)
      // After a later look an earlier one no longer comes.
      let isPast = looks.contains { $0.information > look.information && $0.statistic != nil }
      canvas.text(
        isPast ? "not taken" : "to come", x: x, y: axis.place(0) - 10, .inkSoft, anchor: .middle)
      return
    }
    let y = axis.place(statistic)
    canvas.circle(x, y, radius: 6, fill: .accent)
    canvas.text(
      "z \(Self.twoDecimals(statistic))", x: x + 12, y: y + 4, .ink, bold: true)
  }

  private static func twoDecimals(_ number: Double) -> String {
    let hundredths = Int((number * 100).rounded())
    let (whole, rest) = hundredths.magnitude.quotientAndRemainder(dividingBy: 100)
    return "\(hundredths < 0 ? "\u{2212}" : "")\(whole).\(rest < 10 ? "0" : "")\(rest)"
  }
}
