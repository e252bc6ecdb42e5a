import Markup

/// A surface on which one picture is drawn, in one of its two widths.
public struct Canvas: Sendable {
  /// The two drawings every picture has: the narrow one is drawn anew, never shrunk.
  public enum Width: String, Sendable, CaseIterable {
    case wide, narrow

    /// Units of the view box.
    public var units: Double {
      switch self {
      case .wide: 760
      case .narrow: 340
      }
    }
  }

  /// Where a drawing ends up, which decides how its colours are written.
  public enum Surface: Sendable {
    case page, file
  }

  /// Which end of a text lies at its point.
  enum Anchor: String {
    case start, middle, end
  }

  let width: Width
  let surface: Surface
  var height = 0.0
  private(set) var marks = Markup(capacity: 8_192)

  init(_ width: Width, on surface: Surface) {
    self.width = width
    self.surface = surface
  }

  mutating func line(
    _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ ink: Ink, width: Double = 1,
    dash: String? = nil
  ) {
    marks.empty(
      .line, .x1(x1), .y1(y1), .x2(x2), .y2(y2), paint(nil, ink), strokeOnly(ink),
      width == 1 ? nil : .strokeWidth(width), dash.map(Attribute.dash))
  }

  mutating func rect(
    x: Double, y: Double, width: Double, height: Double, fill: Ink?, stroke: Ink? = nil,
    strokeWidth: Double = 1, corner: Double = 0, dash: String? = nil
  ) {
    marks.empty(
      .rect, .x(x), .y(y), .width(width), .height(height), corner == 0 ? nil : .rx(corner),
      paint(fill, stroke), fillOnly(fill), strokeOnly(stroke),
      stroke == nil || strokeWidth == 1 ? nil : .strokeWidth(strokeWidth),
      dash.map(Attribute.dash))
  }

  mutating func circle(
    _ cx: Double, _ cy: Double, radius: Double, fill: Ink?, stroke: Ink? = nil,
    strokeWidth: Double = 2.5
  ) {
    marks.empty(
      .circle, .cx(cx), .cy(cy), .r(radius), paint(fill, stroke), fillOnly(fill),
      strokeOnly(stroke), stroke == nil ? nil : .strokeWidth(strokeWidth))
  }

  mutating func path(
    _ points: [(x: Double, y: Double)], _ ink: Ink, width: Double = 2.5, dash: String? = nil
  ) {
    marks.empty(
      .polyline, .points(corners(points)), paint(nil, ink), .fill("none"), strokeOnly(ink),
      .strokeWidth(width), dash.map(Attribute.dash))
  }

  mutating func area(_ points: [(x: Double, y: Double)], fill: Ink, stroke: Ink? = nil) {
    marks.empty(
      .polygon, .points(corners(points)), paint(fill, stroke), fillOnly(fill), strokeOnly(stroke))
  }

  mutating func text(
    _ text: String, x: Double, y: Double, _ ink: Ink = .ink, anchor: Anchor = .start,
    bold: Bool = false, size: Int = 12
  ) {
    marks.element(
      .text, .x(x), .y(y), anchor == .start ? nil : .anchor(anchor.rawValue), paint(ink, nil),
      fillOnly(ink), bold ? .weight(600) : nil, .fontSize(size), text: text)
  }

  /// Writes the number of a tick under it, and beside it where it would leave the drawing.
  mutating func tickText(_ text: String, x: Double, y: Double) {
    let half = Self.length(of: text) / 2
    self.text(
      text, x: x, y: y, .inkSoft,
      anchor: x < half ? .start : x > width.units - half ? .end : .middle)
  }

  /// The width a text will about have; faces differ, so places leave room for a tenth more.
  static func length(of text: String, size: Int = 12) -> Double {
    Double(text.count) * Double(size) * 0.56
  }

  /// A text in lines that fit a width, broken between words; a word wider than that keeps its line.
  static func lines(of text: String, within width: Double, size: Int = 12) -> [String] {
    var lines: [String] = []
    for word in text.split(separator: " ").map(String.init) {
      if let last = lines.last, length(of: "\(last) \(word)", size: size) * 1.1 <= width {
        lines[lines.count - 1] = "\(last) \(word)"
      } else {
        lines.append(word)
      }
    }
    return lines.isEmpty ? [""] : lines
  }

  private func corners(_ points: [(x: Double, y: Double)]) -> String {
    points.map { "\(Decimal1.text($0.x)),\(Decimal1.text($0.y))" }.joined(separator: " ")
  }

  private func paint(_ fill: Ink?, _ stroke: Ink?) -> Attribute? {
    guard surface == .page else { return nil }
    let names = [fill.map { "f-\($0.rawValue)" }, stroke.map { "s-\($0.rawValue)" }]
    let classes = names.compactMap(\.self).joined(separator: " ")
    return classes.isEmpty ? nil : .class(classes)
  }

  private func fillOnly(_ ink: Ink?) -> Attribute? {
    guard let ink else { return .fill("none") }
    return surface == .file ? .fill(ink.lightValue) : nil
  }

  private func strokeOnly(_ ink: Ink?) -> Attribute? {
    guard let ink, surface == .file else { return nil }
    return .stroke(ink.lightValue)
  }
}
