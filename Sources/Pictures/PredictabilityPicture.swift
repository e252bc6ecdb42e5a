import Markup

/// How well the next arm can be guessed, against how often it is certain, by candidate scheme.
public struct PredictabilityPicture: Picture, Equatable {
  /// One candidate.
  public struct Point: Sendable, Equatable {
    /// The sign beside the point: the number of the candidate.
    public var sign: String
    /// The candidate in words.
    public var label: String
    /// Percent of allocations whose arm was certain.
    public var certain: Double
    /// Percent guessed by who knows the earlier arms of the stratum.
    public var guessed: Double

    /// A candidate with its two shares.
    public init(sign: String, label: String, certain: Double, guessed: Double) {
      self.sign = sign
      self.label = label
      self.certain = certain
      self.guessed = guessed
    }
  }

  /// What the picture shows, as a sentence.
  public var finding: String
  /// The shares in words.
  public var numbers: String
  /// Percent guessed by who always names the largest arm.
  public var chance: Double
  /// The candidates.
  public var points: [Point]

  /// A picture of guesses against certainty.
  public init(finding: String, numbers: String, chance: Double, points: [Point]) {
    self.finding = finding
    self.numbers = numbers
    self.chance = chance
    self.points = points
  }

  /// Draws the points over two axes of percent, with the line of chance, and names them below.
  public func draw(on canvas: inout Canvas) {
    let (left, right) = (40.0, canvas.width.units - 24)
    let (top, foot) = (30.0, canvas.width == .wide ? 300.0 : 236.0)
    let across = Axis(holding: [0, 10] + points.map(\.certain), from: left, to: right)
    let up = Axis(
      holding: [chance - 5, chance + 10] + points.map(\.guessed), from: foot, to: top)
    for tick in up.ticks {
      canvas.line(left, up.place(tick), right, up.place(tick), .line)
      canvas.text(
        Decimal1.text(tick), x: left - 8, y: up.place(tick) + 4, .inkSoft, anchor: .end)
    }
    for tick in across.ticks {
      let x = across.place(tick)
      canvas.line(x, foot, x, foot + 5, .inkSoft)
      canvas.tickText(Decimal1.text(tick), x: x, y: foot + 19)
    }
    canvas.line(left, foot, right, foot, .inkSoft)
    canvas.text("guessed, %", x: 0, y: 14, .inkSoft)
    canvas.text("certain, %", x: right, y: foot + 37, .inkSoft, anchor: .end)
    canvas.line(left, up.place(chance), right, up.place(chance), .ink, width: 1.5, dash: "6 4")
    canvas.text("chance", x: right, y: up.place(chance) - 6, .ink, anchor: .end)
    for point in points {
      let (x, y) = (across.place(point.certain), up.place(point.guessed))
      canvas.circle(x, y, radius: 5, fill: .accent, stroke: .card)
      canvas.text(point.sign, x: x + 8, y: y - 6, .ink, bold: true)
    }
    var y = foot + 62
    for point in points {
      canvas.text(point.sign, x: 0, y: y, .ink, bold: true)
      canvas.text(point.label, x: 24, y: y, .inkSoft)
      y += 19
    }
    canvas.height = y - 6
  }
}
