import Markup

/// The kits of a site by where they are.
public struct StockPicture: Picture, Equatable {
  /// Kits in one place.
  public struct Row: Sendable, Equatable {
    /// What a bar of kits means.
    public enum Kind: Sendable, Equatable {
      /// There to be used.
      case usable
      /// There, and to be looked at.
      case pressing
      /// Gone.
      case gone
    }

    /// Where they are, in words.
    public var label: String
    /// How many.
    public var count: Int
    /// What they mean.
    public var kind: Kind

    /// Kits in one place.
    public init(label: String, count: Int, kind: Kind) {
      self.label = label
      self.count = count
      self.kind = kind
    }
  }

  /// What the picture shows, as a sentence.
  public var finding: String
  /// The counts in words.
  public var numbers: String
  /// The places in order.
  public var rows: [Row]

  /// A picture of a stock.
  public init(finding: String, numbers: String, rows: [Row]) {
    self.finding = finding
    self.numbers = numbers
    self.rows = rows
  }

  /// Draws a bar for each place, with its number at the end.
  public func draw(on canvas: inout Canvas) {
    let left = canvas.width == .wide ? 150.0 : 110.0
    let most = Double(max(1, rows.map(\.count).max() ?? 1))
    let room = canvas.width.units - left - 56
    var y = 8.0
    for row in rows {
      canvas.text(row.label, x: 0, y: y + 19, .ink)
      let width = Double(row.count) / most * room
      if row.count > 0 {
        canvas.rect(
          x: left, y: y, width: max(3, width), height: 28, fill: row.kind.fill,
          stroke: row.kind == .gone ? .edge : nil)
      }
      canvas.line(left, y - 4, left, y + 32, .inkSoft)
      canvas.text(String(row.count), x: left + width + 8, y: y + 19, .ink, bold: true)
      y += 40
    }
    canvas.height = y
  }
}

extension StockPicture.Row.Kind {
  fileprivate var fill: Ink {
    switch self {
    case .usable: .accent
    case .pressing: .bad
    case .gone: .calmTint
    }
  }
}
