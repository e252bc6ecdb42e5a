public import Markup

/// A picture drawn from numbers: the same numbers give the same bytes.
public protocol Picture: Sendable {
  /// What the picture shows, as a sentence.
  var finding: String { get }

  /// The numbers of the picture in words, for who cannot see it.
  var numbers: String { get }

  /// Draws the picture on a canvas of either width and sets the height of the canvas.
  func draw(on canvas: inout Canvas)
}

extension Picture {
  /// The picture as a file of its own, with its colours in it.
  public func file() -> [UInt8] {
    var markup = Markup()
    write(.wide, on: .file, id: "picture", into: &markup)
    return markup.bytes
  }

  func write(
    _ width: Canvas.Width, on surface: Canvas.Surface, id: String, into markup: inout Markup
  ) {
    var canvas = Canvas(width, on: surface)
    draw(on: &canvas)
    let name = "\(id)-\(width.rawValue)"
    markup.element(
      .svg, surface == .file ? .namespace("http://www.w3.org/2000/svg") : nil,
      surface == .page ? .class("picture \(width.rawValue)") : nil, .role("img"),
      .labelledBy("\(name)-title"), .describedBy("\(name)-desc"),
      .viewBox("0 0 \(Decimal1.text(width.units)) \(Decimal1.text(canvas.height))"),
      surface == .file ? .width(width.units) : nil,
      surface == .file ? .height(canvas.height) : nil,
      surface == .file ? .fontFamily("system-ui, 'Noto Sans', 'DejaVu Sans', sans-serif") : nil
    ) { markup in
      markup.element(.title, .id("\(name)-title"), text: finding)
      markup.element(.desc, .id("\(name)-desc"), text: numbers)
      markup.append(canvas.marks)
    }
  }
}

extension Markup {
  /// Writes both drawings of a picture; the style sheet shows the one that fits.
  public mutating func picture(_ picture: some Picture, id: String) {
    for width in Canvas.Width.allCases {
      picture.write(width, on: .page, id: id, into: &self)
    }
  }
}
