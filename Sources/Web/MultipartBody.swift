/// A file that a page sends.
struct UploadedFile: Sendable, Equatable {
  /// The name of the box it was chosen in.
  let field: String
  /// The file's own name, without folders.
  let name: String
  /// The bytes as they are on the disk.
  let bytes: [UInt8]
}

/// A body of `multipart/form-data` (RFC 7578), read strictly: parts between boundaries, each with its name.
struct MultipartBody: Sendable {
  /// The boxes that are no files, in order.
  let fields: [(name: String, value: String)]
  /// The files that were chosen; a box without one is left out.
  let files: [UploadedFile]

  /// The most parts of a body.
  static let mostParts = 2000

  /// The boundary of a content type, nil when it is another type or the boundary is none.
  static func boundary(of contentType: String) -> String? {
    let parts = contentType.split(separator: ";").map { Self.trimmed($0) }
    guard parts.first?.lowercased() == "multipart/form-data" else { return nil }
    for part in parts.dropFirst() where part.lowercased().hasPrefix("boundary=") {
      var text = part.dropFirst("boundary=".count)
      if text.hasPrefix("\""), text.hasSuffix("\""), text.count > 1 {
        text = text.dropFirst().dropLast()
      }
      // RFC 2046, 5.1.1: at most 70 signs; those that matter here are visible ones.
      guard (1...70).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
      else { return nil }
      return String(text)
    }
    return nil
  }

  /// Reads a body, nil when it is malformed.
  init?(_ bytes: [UInt8], boundary: String) {
    let mark = Array("--\(boundary)".utf8)
    guard bytes.starts(with: mark) else { return nil }
    var rest = bytes[mark.count...]
    var fields: [(name: String, value: String)] = []
    var files: [UploadedFile] = []
    let end: [UInt8] = [0x0D, 0x0A] + mark
    while true {
      if rest.starts(with: [0x2D, 0x2D]) { break }
      guard rest.starts(with: [0x0D, 0x0A]), fields.count + files.count < Self.mostParts,
        let head = Self.find([0x0D, 0x0A, 0x0D, 0x0A], in: rest)
      else { return nil }
      let body = rest[(head + 4)...]
      guard head - rest.startIndex <= 4096, let stop = Self.find(end, in: body),
        let part = Self.disposition(rest[rest.startIndex..<head])
      else { return nil }
      let content = body[body.startIndex..<stop]
      if let file = part.file {
        if !file.isEmpty {
          files.append(UploadedFile(field: part.name, name: file, bytes: Array(content)))
        }
      } else {
        guard let text = String(validating: content, as: UTF8.self) else { return nil }
        fields.append((part.name, text))
      }
      rest = bytes[(stop + end.count)...]
    }
    self.fields = fields
    self.files = files
  }

  /// Name and file name of a part; a file name is the last piece of what an old browser sends as a path.
  private static func disposition(_ head: ArraySlice<UInt8>) -> (name: String, file: String?)? {
    guard let text = String(validating: head, as: UTF8.self) else { return nil }
    for line in text.split(whereSeparator: \.isNewline) {
      let halves = line.split(separator: ":", maxSplits: 1).map { trimmed($0) }
      guard halves.count == 2, halves[0].lowercased() == "content-disposition",
        halves[1].lowercased().hasPrefix("form-data")
      else { continue }
      guard let name = parameter("name", in: halves[1]), !name.isEmpty else { return nil }
      let file = parameter("filename", in: halves[1]).map { path in
        String(path.split { $0 == "/" || $0 == "\\" }.last ?? "")
      }
      return (name, file)
    }
    return nil
  }

  /// A quoted parameter; browsers write `%22` for a quotation mark inside (HTML, form submission).
  private static func parameter(_ name: String, in text: String) -> String? {
    for part in [" \(name)=\"", ";\(name)=\""] {
      let pieces = text.split(separator: part, maxSplits: 1, omittingEmptySubsequences: false)
      guard pieces.count == 2, let close = pieces[1].firstIndex(of: "\"") else { continue }
      return pieces[1][..<close].split(separator: "%22", omittingEmptySubsequences: false)
        .joined(separator: "\"")
    }
    return nil
  }

  private static func trimmed(_ text: Substring) -> String {
    let front = text.drop { $0.isWhitespace }
    return String(front.reversed().drop { $0.isWhitespace }.reversed())
  }

  /// Where a pattern begins, nil where it does not occur.
  private static func find(_ pattern: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
    guard let first = pattern.first, bytes.count >= pattern.count else { return nil }
    var place = bytes.startIndex
    let last = bytes.endIndex - pattern.count
    while place <= last {
      guard let next = bytes[place...last].firstIndex(of: first) else { return nil }
      if bytes[next...].starts(with: pattern) { return next }
      place = next + 1
    }
    return nil
  }
}
