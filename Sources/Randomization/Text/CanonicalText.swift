import Foundation

/// The rules of a canonical text, apart from how it is written.
enum CanonicalText {
  /// Refuses a text with a control character or outside normalization form C.
  static func check(_ utf8: [UInt8]) throws(CanonicalRefusal) {
    var isASCII = true
    for byte in utf8 {
      if byte < 0x20 || byte == 0x7F { throw .badJSON }
      if byte >= 0x80 { isASCII = false }
    }
    if isASCII { return }
    guard let text = String(validating: utf8, as: UTF8.self) else { throw .badJSON }
    let normalized = text.precomposedStringWithCanonicalMapping
    // Compared as bytes: `==` on String would call every spelling the same.
    guard normalized.utf8.elementsEqual(utf8) else { throw .notNFC }
  }

  /// Refuses a key that is not one or more of a-z, 0-9 and the underscore.
  static func checkKey(_ utf8: [UInt8]) throws(CanonicalRefusal) {
    guard isKey(utf8) else { throw .badJSON }
  }

  /// Whether the bytes may stand as a key.
  static func isKey(_ utf8: [UInt8]) -> Bool {
    !utf8.isEmpty
      && utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
          UInt8(ascii: "_"):
          true
        default:
          false
        }
      }
  }
}
