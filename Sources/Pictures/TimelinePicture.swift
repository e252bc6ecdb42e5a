/// Windows of visits along the days, with what was done, what is booked and today.
public struct TimelinePicture: Picture, Equatable {
  /// What became of a visit.
  public enum State: Sendable, Equatable {
    case done(on: Double)
    case booked(on: Double)
    case missed
    case toCome
  }

  /// One visit.
  public struct Row: Sendable, Equatable {
    /// The code of the visit, or the key and the code.
    public var code: String
    /// The first day of the window.
    public var firstDay: Double
    /// The last day of the window, which is still inside.
    public var lastDay: Double
    /// The target day, where one is drawn.
    public var target: Double?
    /// What became of it.
    public var state: State
    /// The dates beside a bar still to come; empty for one that is done.
    public var label: String

    /// A visit with its window.
    public init(
      code: String, firstDay: Double, lastDay: Double, target: Double? = nil, state: State,
      label: String = ""
    ) {
      self.code = code
      self.firstDay = firstDay
      self.lastDay = lastDay
      self.target = target
      self.state = state
      self.label = label
    }
  }

  /// A tick of the axis.
  public struct Mark: Sendable, Equatable {
    /// The day it stands at.
    public var day: Double
    /// Its text in the wide drawing.
    public var label: String
    /// Its text in the narrow drawing; empty where there is no room.
    public var shortLabel: String

    /// A tick with a text for each drawing.
    public init(day: Double, label: String, shortLabel: String) {
      self.day = day
      self.label = label
      self.shortLabel = shortLabel
    }
  }

  /// What the picture shows, as a sentence.
  public var finding: String
  /// The windows in words.
  public var numbers: String
  /// The visits in order of the schedule.
  public var rows: [Row]
  /// The ticks of the axis.
  public var marks: [Mark]
  /// The day on which the dashed line stands.
  public var today: Double
  /// The word on top of the dashed line.
  public var todayLabel: String

  /// A timeline of visits in order of the schedule.
  public init(
    finding: String, numbers: String, rows: [Row], marks: [Mark], today: Double, todayLabel: String
  ) {
    self.finding = finding
    self.numbers = numbers
    self.rows = rows
    self.marks = marks
    self.today = today
    self.todayLabel = todayLabel
  }

  /// Draws one row a visit, windows true to scale.
  public func draw(on canvas: inout Canvas) {
    let head = 34.0
    let step = 24.0
    let names = rows.map { Canvas.length(of: $0.code, size: 13) }.max() ?? 0
    let left = max(names + 16, 56)
    let right = canvas.width.units - 8
    let days = rows.flatMap { [$0.firstDay, $0.lastDay + 1] } + marks.map(\.day) + [today]
    let first = days.min() ?? 0
    let last = max(days.max() ?? 1, first + 1)
    let place = { (day: Double) in left + (day - first) / (last - first) * (right - left) }
    canvas.height = head + Double(rows.count) * step + 4
    drawAxis(on: &canvas, place: place, foot: canvas.height - 4)
    for (index, row) in rows.enumerated() {
      draw(row, at: head + Double(index) * step + step / 2, on: &canvas, place: place)
    }
    drawToday(on: &canvas, at: place(today), foot: canvas.height - 4)
  }

  private func drawAxis(on canvas: inout Canvas, place: (Double) -> Double, foot: Double) {
    for mark in marks {
      let x = place(mark.day)
      canvas.line(x, 26, x, foot, .line)
      let label = canvas.width == .wide ? mark.label : mark.shortLabel
      // The word on today's line is worth more than the tick it would cover.
      let room = (Canvas.length(of: label) + Canvas.length(of: todayLabel)) / 2 + 12
      guard abs(x - place(today)) > room else { continue }
      canvas.text(label, x: x, y: 17, .inkSoft, anchor: .middle)
    }
  }

  private func draw(
    _ row: Row, at y: Double, on canvas: inout Canvas, place: (Double) -> Double
  ) {
    canvas.text(row.code, x: 0, y: y + 4.5, size: 13)
    let start = place(row.firstDay)
    let end = max(place(row.lastDay + 1), start + 3)
    let isDone = if case .done = row.state { true } else { false }
    let isMissed = row.state == .missed
    canvas.rect(
      x: start, y: y - 8, width: end - start, height: 16,
      fill: isDone ? .goodTint : isMissed ? .badTint : .tint,
      stroke: isDone ? .good : isMissed ? .bad : .edge, corner: 2.5)
    if let target = row.target, !isDone {
      canvas.line(place(target + 0.5), y - 9, place(target + 0.5), y + 9, .accent, width: 2)
    }
    switch row.state {
    case .done(let day): canvas.circle(place(day + 0.5), y, radius: 6, fill: .good)
    case .booked(let day):
      canvas.circle(place(day + 0.5), y, radius: 5.5, fill: .card, stroke: .accent)
    case .missed:
      canvas.text("!", x: (start + end) / 2, y: y + 5, .bad, anchor: .middle, bold: true, size: 14)
    case .toCome: break
    }
    guard canvas.width == .wide, !row.label.isEmpty else { return }
    let length = Canvas.length(of: row.label)
    let fits = end + 10 + length <= canvas.width.units
    canvas.text(
      row.label, x: fits ? end + 10 : start - 10, y: y + 4, .inkSoft, anchor: fits ? .start : .end)
  }

  private func drawToday(on canvas: inout Canvas, at x: Double, foot: Double) {
    canvas.line(x, 24, x, foot, .ink, width: 1.5, dash: "4 3")
    let width = Canvas.length(of: todayLabel) + 16
    let left = min(max(x - width / 2, 0), canvas.width.units - width)
    canvas.rect(x: left, y: 4, width: width, height: 19, fill: .ink, corner: 2.5)
    canvas.text(todayLabel, x: left + width / 2, y: 17.5, .card, anchor: .middle)
  }
}
