/// Why a value cannot be written as canonical JSON.
public enum CanonicalRefusal: String, Error, Sendable, CustomStringConvertible {
  /// A text is not in Unicode normalization form C.
  case notNFC = "not_nfc"

  /// Anything else outside the canonical set.
  case badJSON = "bad_json"

  /// What was refused and what to do, without the value.
  public var description: String {
    switch self {
    case .notNFC:
      "A text is not in Unicode normalization form C. Nothing was changed. "
        + "Normalize the text and send it again."
    case .badJSON:
      "The value is not canonical JSON: only whole numbers up to 2^53 - 1, plain keys of "
        + "a-z, 0-9 and _, and texts without control characters. Nothing was changed. "
        + "Correct the value and send it again."
    }
  }
}
