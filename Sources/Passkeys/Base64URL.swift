import Foundation

/// Bytes as text in the alphabet of addresses, without padding (RFC 4648, section 5).
public enum Base64URL {
  /// The text of bytes.
  public static func text(_ bytes: [UInt8]) -> String {
    Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
      .replacing("=", with: "")
  }

  /// The bytes of a text; nil for padding, foreign characters and spare bits that are set.
  public static func bytes(_ text: String) -> [UInt8]? {
    guard text.utf8.allSatisfy({ $0 != 0x2B && $0 != 0x2F && $0 != 0x3D }) else { return nil }
    let padding = String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
    let plain = text.replacing("-", with: "+").replacing("_", with: "/") + padding
    guard let data = Data(base64Encoded: plain) else { return nil }
    let bytes = Array(data)
    return self.text(bytes) == text ? bytes : nil
  }
}
