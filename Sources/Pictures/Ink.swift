/// The colours of pictures, by the names that the style sheet gives them.
///
/// In a page a colour is a class, so that light, dark and forced colours come from the style
/// sheet. A picture kept as a file has no style sheet and carries the light value itself.
public enum Ink: String, Sendable, CaseIterable {
  case card, ink, line, edge, accent, tint, good, due, bad, calm
  case inkSoft = "ink-2"
  case goodTint = "good-tint"
  case badTint = "bad-tint"
  case calmTint = "calm-tint"
  case armOne = "arm-1"
  case armTwo = "arm-2"
  case armThree = "arm-3"

  /// The value on a light ground; a test compares each with the style sheet.
  public var lightValue: String {
    switch self {
    case .card: "#ffffff"
    case .ink: "#14212b"
    case .line: "#d5dde2"
    case .edge: "#6b7c88"
    case .accent, .armOne: "#0b5f6b"
    case .tint: "#e3f0f1"
    case .good: "#1d6b3a"
    case .due: "#8a5300"
    case .bad: "#a3211d"
    case .calm: "#2c4a72"
    case .inkSoft: "#4a5a66"
    case .goodTint: "#e5f3e9"
    case .badTint: "#fbe9e7"
    case .calmTint: "#e8eef7"
    case .armTwo: "#b3520a"
    case .armThree: "#5a6b78"
    }
  }
}
