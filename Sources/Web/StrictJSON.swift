/// Judges the bytes of a JSON body before anything reads it: UTF-8, no name twice in one object, and
/// the bounds of depth, names and text.
///
/// A reader that takes the first of two equal names and one that takes the last would act on two
/// different requests; here there is one reading or none.
struct StrictJSON {
  /// More than a body of ours nests.
  static let deepest = 32
  /// All names of all objects together.
  static let mostNames = 10_000
  /// All elements of all lists together.
  static let mostElements = 100_000
  /// The longest text, in bytes as sent.
  static let longestText = 64 << 10
  /// The longest text of a member that holds a file: as much as any body.
  static let longestFile = 64 << 20

  /// What is wrong with a body.
  enum Fault: Error, Equatable {
    case malformed
    case nameTwice(String)
    case tooDeep
    case tooManyNames
    case tooManyElements
    case textTooLong
    case noCharacter

    /// The sentence for whoever sent it.
    var sentence: String {
      switch self {
      case .malformed: "The body is not JSON in UTF-8. Nothing was changed."
      case .nameTwice(let name): "The body names “\(name)” twice. Nothing was changed."
      case .tooDeep: "The body nests deeper than \(deepest) levels. Nothing was changed."
      case .tooManyNames: "The body has more than \(mostNames) names. Nothing was changed."
      case .tooManyElements:
        "The body has more than \(mostElements) elements of lists. Nothing was changed."
      case .textTooLong:
        "A text of the body is longer than \(longestText) bytes. Nothing was changed."
      case .noCharacter:
        "A text of the body holds U+0000, which no text can hold. Nothing was changed."
      }
    }
  }

  private let bytes: [UInt8]
  private var at = 0
  private var depth = 0
  private var names = 0
  private var listed = 0
  private var longest = Self.longestText
  /// The members of the body whose texts are files.
  private let files: Set<String>

  /// What is wrong with a body, nil when nothing is.
  ///
  /// - Parameter files: the members of the body itself whose texts are whole files.
  static func fault(in bytes: [UInt8], files: Set<String> = []) -> Fault? {
    guard String(validating: bytes, as: UTF8.self) != nil else { return .malformed }
    var reading = StrictJSON(bytes: bytes, files: files)
    do throws(Fault) {
      try reading.value()
      reading.skipSpace()
      return reading.at == bytes.count ? nil : .malformed
    } catch {
      return error
    }
  }

  private init(bytes: [UInt8], files: Set<String>) {
    self.bytes = bytes
    self.files = files
  }

  private mutating func skipSpace() {
    while at < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[at]) { at += 1 }
  }

  private mutating func next() throws(Fault) -> UInt8 {
    skipSpace()
    guard at < bytes.count else { throw .malformed }
    return bytes[at]
  }

  private mutating func value() throws(Fault) {
    switch try next() {
    case UInt8(ascii: "{"): try members()
    case UInt8(ascii: "["): try elements()
    case UInt8(ascii: "\""): _ = try text(isKept: false)
    case UInt8(ascii: "t"): try word("true")
    case UInt8(ascii: "f"): try word("false")
    case UInt8(ascii: "n"): try word("null")
    default: try number()
    }
  }

  private mutating func enter() throws(Fault) {
    guard depth < Self.deepest else { throw .tooDeep }
    depth += 1
    at += 1
  }

  private mutating func members() throws(Fault) {
    try enter()
    var known: Set<[UInt8]> = []
    if try next() != UInt8(ascii: "}") {
      repeat {
        guard try next() == UInt8(ascii: "\"") else { throw .malformed }
        let isOfBody = depth == 1
        if isOfBody { longest = Self.longestText }
        let name = try text(isKept: true)
        names += 1
        guard names <= Self.mostNames else { throw .tooManyNames }
        guard known.insert(name).inserted else {
          throw .nameTwice(String(String(decoding: name, as: UTF8.self).prefix(40)))
        }
        guard try next() == UInt8(ascii: ":") else { throw .malformed }
        at += 1
        if isOfBody, files.contains(String(decoding: name, as: UTF8.self)) {
          longest = Self.longestFile
        }
        try value()
      } while try goesOn(until: UInt8(ascii: "}"))
    } else {
      at += 1
    }
    depth -= 1
  }

  private mutating func elements() throws(Fault) {
    try enter()
    if try next() != UInt8(ascii: "]") {
      repeat {
        listed += 1
        guard listed <= Self.mostElements else { throw .tooManyElements }
        try value()
      } while try goesOn(until: UInt8(ascii: "]"))
    } else {
      at += 1
    }
    depth -= 1
  }

  /// Whether a comma follows rather than the end.
  private mutating func goesOn(until end: UInt8) throws(Fault) -> Bool {
    let byte = try next()
    at += 1
    if byte == end { return false }
    guard byte == UInt8(ascii: ",") else { throw .malformed }
    return true
  }

  private mutating func word(_ word: StaticString) throws(Fault) {
    let end = at + word.utf8CodeUnitCount
    guard end <= bytes.count, bytes[at..<end].elementsEqual("\(word)".utf8) else {
      throw .malformed
    }
    at = end
  }

  private mutating func digits() throws(Fault) {
    let start = at
    while at < bytes.count, (0x30...0x39).contains(bytes[at]) { at += 1 }
    guard at > start else { throw .malformed }
  }

  private mutating func take(_ choices: [UInt8]) -> Bool {
    guard at < bytes.count, choices.contains(bytes[at]) else { return false }
    at += 1
    return true
  }

  private mutating func number() throws(Fault) {
    _ = take([UInt8(ascii: "-")])
    let isZero = at < bytes.count && bytes[at] == UInt8(ascii: "0")
    let start = at
    try digits()
    // A zero in front is no JSON, and read as octal by some.
    guard !isZero || at == start + 1 else { throw .malformed }
    if take([UInt8(ascii: ".")]) { try digits() }
    if take([UInt8(ascii: "e"), UInt8(ascii: "E")]) {
      _ = take([UInt8(ascii: "+"), UInt8(ascii: "-")])
      try digits()
    }
  }

  /// A text with its escapes resolved, so that one name in two spellings is one name.
  ///
  /// - Parameter isKept: whether the text is needed; a value is only judged, since it can be a file.
  private mutating func text(isKept: Bool) throws(Fault) -> [UInt8] {
    at += 1
    let start = at
    var text: [UInt8] = []
    while at < bytes.count {
      guard at - start <= longest else { throw .textTooLong }
      let byte = bytes[at]
      at += 1
      switch byte {
      case UInt8(ascii: "\""): return text
      case UInt8(ascii: "\\"):
        let character = try escape()
        if isKept { text += character }
      case 0..<0x20: throw .malformed
      default: if isKept { text.append(byte) }
      }
    }
    throw .malformed
  }

  private mutating func escape() throws(Fault) -> [UInt8] {
    guard at < bytes.count else { throw .malformed }
    let byte = bytes[at]
    at += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0C]
    case UInt8(ascii: "n"): return [0x0A]
    case UInt8(ascii: "r"): return [0x0D]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "u"):
      var units = [try unit()]
      if UTF16.isLeadSurrogate(units[0]) {
        guard take([UInt8(ascii: "\\")]), take([UInt8(ascii: "u")]) else { throw .malformed }
        units.append(try unit())
      }
      guard units[0] != 0 else { throw .noCharacter }
      // Half a character is none.
      guard let text = String(validating: units, as: UTF16.self) else { throw .malformed }
      return Array(text.utf8)
    default: throw .malformed
    }
  }

  private mutating func unit() throws(Fault) -> UInt16 {
    let end = at + 4
    guard end <= bytes.count, bytes[at..<end].allSatisfy(\.isHexDigit),
      let unit = UInt16(String(decoding: bytes[at..<end], as: UTF8.self), radix: 16)
    else { throw .malformed }
    at = end
    return unit
  }
}

extension UInt8 {
  fileprivate var isHexDigit: Bool {
    switch self {
    case 0x30...0x39, 0x41...0x46, 0x61...0x66: true
    default: false
    }
  }
}
