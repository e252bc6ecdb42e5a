import Markup

/// How much of the time to a limit has passed, one bar for each reporting time.
public struct ClockPicture: Picture, Equatable {
  /// How a reporting time stands.
  public enum State: Sendable, Equatable {
    case running, late, met, metLate
  }

  /// One reporting time.
  public struct Row: Sendable, Equatable {
    /// Its title.
    public var label: String
    /// What is left, or when it was met, in words.
    public var left: String
    /// The share of the time that has passed, or had when it was met; more than 1 is late.
    public var share: Double
    /// How it stands.
    public var state: State

    /// A reporting time with what of it has passed.
    public init(label: String, left: String, share: Double, state: State) {
      self.label = label
      self.left = left
      self.share = share
      self.state = state
    }
  }

  /// What the picture shows, as a sentence.
  public var finding: String
  /// The times in words.
  public var numbers: String
  /// The reporting times.
  public var rows: [Row]

  /// A picture of reporting times, one under the other.
  public init(finding: String, numbers: String, rows: [Row]) {
    self.finding = finding
    self.numbers = numbers
    self.rows = rows
  }

  /// Draws a bar for each: the whole time is its frame, the reminder a line at three quarters.
  public func draw(on canvas: inout Canvas) {
    let width = canvas.width.units - 2
    var base = 0.0
    for row in rows {
      for line in Canvas.lines(of: row.label, within: width) {
        base += 14
        canvas.text(line, x: 0, y: base, bold: true)
      }
      base += 15
      canvas.text(row.left, x: 0, y: base, .inkSoft)
      let top = base + 5
      let ink: Ink =
        switch row.state {
        case .running: row.share >= 0.75 ? .due : .accent
        case .late, .metLate: .bad
        case .met: .good
        }
      canvas.rect(
        x: 1, y: top, width: max(2, width * min(max(row.share, 0), 1)), height: 14, fill: ink,
        corner: 2)
      canvas.rect(x: 1, y: top, width: width, height: 14, fill: nil, stroke: .edge, corner: 2)
      canvas.line(width * 0.75, top - 3, width * 0.75, top + 17, .ink, dash: "3 2")
      base = top + 32
    }
    canvas.height = max(base - 6, 26)
  }
}
