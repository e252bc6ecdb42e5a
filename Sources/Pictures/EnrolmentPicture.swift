import Markup

/// Participants randomized over time, in total only: never by arm or stratum.
public struct EnrolmentPicture: Picture, Equatable {
  /// A day with the number reached on it.
  public struct Point: Sendable, Equatable {
    /// The day since the start of enrolment.
    public var day: Int
    /// The cumulative number.
    public var count: Int

    /// A day with the number reached on it.
    public init(day: Int, count: Int) {
      self.day = day
      self.count = count
    }
  }

  /// A tick of the axis of months.
  public struct Month: Sendable, Equatable {
    /// The first day of the month since the start of enrolment.
    public var day: Int
    /// The month in words.
    public var label: String

    /// A month with its first day.
    public init(day: Int, label: String) {
      self.day = day
      self.label = label
    }
  }

  /// The days between which the target will be reached, at two certainties.
  public struct Forecast: Sendable, Equatable {
    /// The inner interval of days, 50 %.
    public var innerDays: ClosedRange<Int>
    /// The outer interval of days, 80 %.
    public var outerDays: ClosedRange<Int>
    /// The forecast in words.
    public var label: String

    /// A forecast of the day on which enrolment is full.
    public init(innerDays: ClosedRange<Int>, outerDays: ClosedRange<Int>, label: String) {
      self.innerDays = innerDays
      self.outerDays = outerDays
      self.label = label
    }
  }

  /// What the picture shows, as a sentence.
  public var finding: String
  /// The counts in words.
  public var numbers: String
  /// The number that is planned.
  public var target: Int
  /// The day on which the plan reaches it.
  public var plannedEnd: Int
  /// The days on which the number rose.
  public var actual: [Point]
  /// The number and day at the end of the line, in words.
  public var actualLabel: String
  /// The ticks of the axis.
  public var months: [Month]
  /// When enrolment will be full, where it can be foretold.
  public var forecast: Forecast?

  /// A picture of enrolment.
  public init(
    finding: String, numbers: String, target: Int, plannedEnd: Int, actual: [Point],
    actualLabel: String, months: [Month], forecast: Forecast? = nil
  ) {
    self.finding = finding
    self.numbers = numbers
    self.target = target
    self.plannedEnd = plannedEnd
    self.actual = actual
    self.actualLabel = actualLabel
    self.months = months
    self.forecast = forecast
  }

  /// Draws plan, target, steps and forecast over calendar months.
  public func draw(on canvas: inout Canvas) {
    let isWide = canvas.width == .wide
    let (left, right, foot) = (40.0, canvas.width.units - 12, isWide ? 300.0 : 230.0)
    canvas.height = foot + 40
    let lastDay = Double(
      [plannedEnd, actual.last?.day ?? 1, forecast?.outerDays.upperBound ?? 1].max() ?? 1)
    let counts = Axis(holding: [0, Double(target)], from: foot, to: 24)
    let place = { (day: Int) in left + Double(day) / max(lastDay, 1) * (right - left) }
    drawAxes(on: &canvas, counts: counts, left: left, right: right, place: place)
    drawForecast(on: &canvas, counts: counts, place: place)
    canvas.path(
      [(place(0), counts.place(0)), (place(plannedEnd), counts.place(Double(target)))], .inkSoft,
      width: 1, dash: "5 4")
    canvas.text(
      "planned", x: place(plannedEnd) - 6, y: counts.place(Double(target)) - 6, .inkSoft,
      anchor: .end)
    drawSteps(on: &canvas, counts: counts, place: place)
  }

  private func drawAxes(
    on canvas: inout Canvas, counts: Axis, left: Double, right: Double, place: (Int) -> Double
  ) {
    for tick in counts.ticks {
      let y = counts.place(tick)
      canvas.line(left, y, right, y, .line)
      canvas.text(Decimal1.text(tick), x: left - 8, y: y + 4, .inkSoft, anchor: .end)
    }
    let top = counts.place(Double(target))
    canvas.line(left, top, right, top, .ink, width: 1.5)
    canvas.text("target \(target)", x: left + 6, y: top - 6, .ink, bold: true)
    canvas.line(left, counts.place(0), right, counts.place(0), .inkSoft)
    let every = canvas.width == .wide ? 1 : 2
    for (index, month) in months.enumerated() where index.isMultiple(of: every) {
      let x = place(month.day)
      canvas.line(x, counts.place(0), x, counts.place(0) + 5, .inkSoft)
      canvas.text(month.label, x: x, y: counts.place(0) + 20, .inkSoft, anchor: .start)
    }
  }

  private func drawForecast(on canvas: inout Canvas, counts: Axis, place: (Int) -> Double) {
    guard let forecast, let last = actual.last else { return }
    let start = (x: place(last.day), y: counts.place(Double(last.count)))
    let top = counts.place(Double(target))
    for (days, ink) in [(forecast.outerDays, Ink.calmTint), (forecast.innerDays, Ink.line)] {
      canvas.area(
        [start, (place(days.lowerBound), top), (place(days.upperBound), top)], fill: ink,
        stroke: .edge)
    }
    canvas.text(
      forecast.label, x: canvas.width.units - 12, y: counts.place(0) - 10, .inkSoft, anchor: .end)
  }

  private func drawSteps(on canvas: inout Canvas, counts: Axis, place: (Int) -> Double) {
    guard let last = actual.last else { return }
    var points = [(x: place(0), y: counts.place(0))]
    for point in actual {
      points.append((place(point.day), points.last?.y ?? counts.place(0)))
      points.append((place(point.day), counts.place(Double(point.count))))
    }
    canvas.path(points, .accent)
    let (x, y) = (place(last.day), counts.place(Double(last.count)))
    canvas.circle(x, y, radius: 5, fill: .accent)
    let fits = x + 12 + Canvas.length(of: actualLabel) < canvas.width.units
    canvas.text(
      actualLabel, x: fits ? x + 10 : x - 10, y: y + (fits ? 14 : -8), .ink,
      anchor: fits ? .start : .end, bold: true)
  }
}
