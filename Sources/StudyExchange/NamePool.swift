import StudyModel

/// Gives things names of the definition's grammar, each once.
struct NamePool {
  /// The grammars names have.
  enum Shape {
    /// Capitals, digits and bars, such as the name of a form.
    case upper(most: Int)
    /// Letters, digits and bars, such as the name of a field.
    case field

    var most: Int {
      switch self {
      case .upper(let most): most
      case .field: 32
      }
    }
  }

  private var taken: Set<String> = []
  /// The number last given to a name that was taken.
  private var numbers: [String: Int] = [:]
  private let shape: Shape

  init(_ shape: Shape) { self.shape = shape }

  /// The first candidate that fits as it is; else the first that fits with bars; else the first, cut.
  mutating func name(from candidates: [String], else fallback: String) -> String {
    let shaped = candidates.compactMap { Self.shaped($0, shape) }.filter { !$0.isEmpty }
    let whole = shaped.filter { $0.utf8.count <= shape.most }
    let same = whole.filter { name in
      candidates.contains { $0.lowercased() == name.lowercased() }
    }
    for name in same + whole where taken.insert(name).inserted { return name }
    let first = shaped.first ?? fallback
    let stem = Self.cut(first, shape.most)
    if taken.insert(stem).inserted { return stem }
    var number = numbers[stem, default: 1]
    while true {
      number += 1
      numbers[stem] = number
      let ending = "_\(number)"
      let name = Self.cut(first, shape.most - ending.count) + ending
      if taken.insert(name).inserted { return name }
    }
  }

  private static func cut(_ text: String, _ most: Int) -> String {
    var cut = String(text.prefix(most))
    while cut.hasSuffix("_"), cut.count > 1 { cut.removeLast() }
    return cut
  }

  /// The text with other characters as bars, nil when nothing of it is left.
  private static func shaped(_ text: String, _ shape: Shape) -> String? {
    var result = ""
    for scalar in text.unicodeScalars {
      if scalar.isASCII, scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) {
        result.unicodeScalars.append(scalar)
      } else if scalar == "_" || !result.hasSuffix("_") {
        result += "_"
      }
    }
    while result.hasPrefix("_") { result.removeFirst() }
    while result.hasSuffix("_") { result.removeLast() }
    guard let head = result.first else { return nil }
    if case .upper = shape { result = result.uppercased() }
    if head.isNumber { result = (isUpper(shape) ? "N" : "n") + result }
    return Formula.words.contains(result) ? result + "_field" : result
  }

  private static func isUpper(_ shape: Shape) -> Bool {
    if case .upper = shape { true } else { false }
  }

  /// An identifier without the parts that only say what kind of thing it names.
  static func withoutKind(_ identifier: String) -> String? {
    let kinds: Set<String> = [
      "ODM", "SE", "E", "S", "FO", "F", "FORM", "IG", "G", "IT", "I", "CL", "ARM", "EP", "EVENT",
      "SEG", "EQ01",
    ]
    var parts = identifier.split(separator: ".", omittingEmptySubsequences: true).map(String.init)
    while parts.count > 1, kinds.contains(parts[0].uppercased()) { parts.removeFirst() }
    let rest = parts.joined(separator: "_")
    return rest.allSatisfy(\.isNumber) ? nil : rest
  }
}
