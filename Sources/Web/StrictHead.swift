/// Looks for the end of a head, byte by byte as it comes, and refuses what no head holds.
struct HeadScan {
  private var line = 0
  private var lines = 0
  private var block = 0
  private var last: UInt8 = 0
  private(set) var length = 0

  private static let (tab, feed, back, space) = (UInt8(9), UInt8(10), UInt8(13), UInt8(32))

  /// Takes the next byte; true when it was the last one of the head.
  mutating func take(_ byte: UInt8) throws(ConnectionFault) -> Bool {
    defer { last = byte }
    length += 1
    guard byte != Self.feed else {
      guard last == Self.back else { throw .unreadable }
      return try endLine()
    }
    // A line ends by both bytes or not at all.
    guard last != Self.back else { throw .unreadable }
    if byte == Self.back { return false }
    // No other control character, and no byte beyond ASCII.
    guard byte == Self.tab || (Self.space..<127).contains(byte) else { throw .unreadable }
    // A line that goes on in the next one, and an empty name.
    if line == 0, byte == Self.space || byte == Self.tab { throw .unreadable }
    line += 1
    guard line <= RequestHead.longestLine else { throw .headTooLarge }
    return false
  }

  private mutating func endLine() throws(ConnectionFault) -> Bool {
    if line == 0 {
      guard lines > 0 else { throw .unreadable }
      return true
    }
    if lines > 0 { block += line + 2 }
    lines += 1
    line = 0
    guard lines <= RequestHead.mostFields + 1, block <= RequestHead.longestBlock else {
      throw .headTooLarge
    }
    return false
  }
}

/// The head of a request, read strictly before anything else reads it.
struct StrictHead {
  /// How the end of a body is told.
  enum Body: Equatable {
    case bytes(Int)
    case chunked
  }

  let method: String
  let body: Body

  /// - Parameter text: a head as `HeadScan` let it pass: visible ASCII, spaces and tabs in lines.
  init(_ text: String) throws(ConnectionFault) {
    let lines = text.split(separator: "\r\n", omittingEmptySubsequences: true)
    guard let first = lines.first else { throw .unreadable }
    let words = first.split(separator: " ", omittingEmptySubsequences: false)
    guard words.count == 3, Self.isToken(words[0]), ["HTTP/1.1", "HTTP/1.0"].contains(words[2])
    else { throw .unreadable }
    let fields = try Self.fields(lines.dropFirst())
    method = String(words[0])
    guard RequestHead.methods.contains(method) else { throw .unknownMethod }
    // The address of a route: this is no proxy, and whom the request is for is said once.
    guard words[1].hasPrefix("/") || (method == "OPTIONS" && words[1] == "*"),
      !words[1].contains("\t")
    else { throw .unreadable }
    guard fields.filter({ $0.name == "host" }).count == 1 else { throw .unreadable }
    body = try Self.body(fields, isOld: words[2] == "HTTP/1.0")
  }

  private static func fields(
    _ lines: ArraySlice<Substring>
  ) throws(ConnectionFault) -> [(name: String, value: String)] {
    var fields: [(name: String, value: String)] = []
    for line in lines {
      guard let colon = line.firstIndex(of: ":"), isToken(line[..<colon]) else {
        throw .unreadable
      }
      var value = line[line.index(after: colon)...]
      while let end = value.first, end == " " || end == "\t" { value.removeFirst() }
      while let end = value.last, end == " " || end == "\t" { value.removeLast() }
      fields.append((line[..<colon].lowercased(), String(value)))
    }
    return fields
  }

  /// One length or one coding, never both and neither twice.
  private static func body(
    _ fields: [(name: String, value: String)], isOld: Bool
  ) throws(ConnectionFault) -> Body {
    let lengths = fields.filter { $0.name == "content-length" }.map(\.value)
    let codings = fields.filter { $0.name == "transfer-encoding" }.map(\.value)
    switch (lengths.count, codings.count) {
    case (0, 0): return .bytes(0)
    case (1, 0):
      guard (1...18).contains(lengths[0].utf8.count),
        lengths[0].utf8.allSatisfy({ (48...57).contains($0) }), let length = Int(lengths[0])
      else { throw .unreadable }
      return .bytes(length)
    case (0, 1):
      guard codings[0].lowercased() == "chunked", !isOld else { throw .unreadable }
      return .chunked
    default: throw .unreadable
    }
  }

  private static func isToken(_ text: Substring) -> Bool {
    !text.isEmpty
      && text.utf8.allSatisfy { byte in
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
          || "!#$%&'*+-.^_`|~".utf8.contains(byte)
      }
  }
}
