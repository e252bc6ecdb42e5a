import Markup

/// How often each hypothesis of a design is shown, with the share by look.
public struct PowerPicture: Picture, Equatable {
  /// One hypothesis.
  public struct Row: Sendable, Equatable {
    /// The hypothesis in words.
    public var label: String
    /// The share first shown at each look, from 0 to 1, in the order of the looks.
    public var byLook: [Double]
    /// The share with its standard error, in words.
    public var share: String

    /// A hypothesis with its shares.
    public init(label: String, byLook: [Double], share: String) {
      self.label = label
      self.byLook = byLook
      self.share = share
    }
  }

  /// What the picture shows, as a sentence.
  public var finding: String
  /// The shares in words.
  public var numbers: String
  /// The hypotheses in their order.
  public var rows: [Row]

  /// A picture of shares.
  public init(finding: String, numbers: String, rows: [Row]) {
    self.finding = finding
    self.numbers = numbers
    self.rows = rows
  }

  /// Draws a bar for each hypothesis; what is shown at an earlier look is filled, what the end adds is outlined.
  public func draw(on canvas: inout Canvas) {
    let axis = Axis(holding: [0, 100], from: 4, to: canvas.width.units - 16)
    let height = 22.0
    for (index, row) in rows.enumerated() {
      let top = 34 + Double(index) * 62
      canvas.text(row.label, x: 0, y: top - 18, bold: true)
      canvas.text(row.share, x: 0, y: top - 3, .inkSoft)
      var from = 0.0
      for (look, share) in row.byLook.enumerated() where share > 0 {
        let isEnd = look == row.byLook.count - 1
        let to = from + 100 * share
        canvas.rect(
          x: axis.place(from), y: top + 4, width: max(axis.place(to) - axis.place(from), 1),
          height: height, fill: isEnd ? .tint : .accent, stroke: .accent)
        from = to
      }
    }
    let foot = 34 + Double(max(rows.count, 1) - 1) * 62 + height + 10
    canvas.line(axis.start, foot, axis.end, foot, .inkSoft)
    for tick in axis.ticks {
      let x = axis.place(tick)
      canvas.line(x, foot, x, foot + 5, .inkSoft)
      canvas.tickText(Decimal1.text(tick), x: x, y: foot + 19)
    }
    canvas.text(
      "per cent of simulated trials; filled: at an interim look", x: 0, y: foot + 37, .inkSoft)
    canvas.height = foot + 46
  }
}
