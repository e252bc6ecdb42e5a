/// A buffer of HTML or SVG that can only be written through calls that escape.
///
/// The bytes are written once, in order, without a tree in between. There is no call that takes
/// text as markup but `styleSheet`, whose only caller is the report made for a single file.
public struct Markup: Sendable {
  /// What was written so far, as UTF-8.
  public private(set) var bytes: [UInt8] = []

  /// An empty buffer with room for a usual page.
  public init(capacity: Int = 32_768) {
    bytes.reserveCapacity(capacity)
  }

  /// Writes text with the five characters of markup replaced.
  public mutating func text(_ text: String) {
    escape(text)
  }

  /// Writes an element and what it contains.
  public mutating func element(
    _ tag: Tag, _ attributes: [Attribute], content: (inout Markup) -> Void
  ) {
    open(tag, attributes)
    guard !tag.isVoid else { return }
    content(&self)
    close(tag)
  }

  /// Writes an element and what it contains.
  public mutating func element(
    _ tag: Tag, _ attributes: Attribute?..., content: (inout Markup) -> Void
  ) {
    element(tag, attributes.compactMap(\.self), content: content)
  }

  /// Writes an element that contains text only.
  public mutating func element(_ tag: Tag, _ attributes: Attribute?..., text: String) {
    open(tag, attributes.compactMap(\.self))
    guard !tag.isVoid else { return }
    escape(text)
    close(tag)
  }

  /// Writes an element that contains nothing.
  public mutating func empty(_ tag: Tag, _ attributes: Attribute?...) {
    open(tag, attributes.compactMap(\.self))
    guard !tag.isVoid else { return }
    close(tag)
  }

  /// Writes what another buffer holds, which came to be through the same escaping calls.
  public mutating func append(_ written: Markup) {
    bytes.append(contentsOf: written.bytes)
  }

  /// Writes the first line of an HTML document.
  public mutating func doctype() {
    raw("<!doctype html>\n")
  }

  /// Writes a style sheet of ours into a document that must stand alone as one file.
  ///
  /// The one audited call that takes text as it is. Pages never use it: the content policy
  /// refuses inline styles. An end tag inside would turn the rest into markup, so it stops.
  public mutating func styleSheet(_ sheet: String) {
    precondition(!sheet.contains("<"), "A style sheet of ours holds no markup.")
    raw("<style>\n")
    raw(sheet)
    raw("</style>\n")
  }

  private mutating func open(_ tag: Tag, _ attributes: [Attribute]) {
    bytes.append(UInt8(ascii: "<"))
    raw(tag.rawValue)
    for attribute in attributes { write(attribute) }
    bytes.append(UInt8(ascii: ">"))
  }

  private mutating func close(_ tag: Tag) {
    raw("</")
    raw(tag.rawValue)
    raw(tag.endsLine ? ">\n" : ">")
  }

  private mutating func write(_ attribute: Attribute) {
    bytes.append(UInt8(ascii: " "))
    raw(attribute.name)
    let value: String
    switch attribute.value {
    case .flag: return
    case .text(let text): value = text
    case .address(let address): value = Address.allowed(address)
    }
    raw("=\"")
    escape(value)
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func raw(_ text: String) {
    bytes.append(contentsOf: text.utf8)
  }

  private mutating func escape(_ text: String) {
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "&"): raw("&amp;")
      case UInt8(ascii: "<"): raw("&lt;")
      case UInt8(ascii: ">"): raw("&gt;")
      case UInt8(ascii: "\""): raw("&quot;")
      case UInt8(ascii: "'"): raw("&#39;")
      // Control characters have no meaning in a page and break parsers in different ways.
      case 0x00...0x08, 0x0B...0x1F, 0x7F: raw("\u{FFFD}")
      case let plain: bytes.append(plain)
      }
    }
  }
}
