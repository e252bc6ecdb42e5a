public import StudyLanguage

/// Why a file could not be turned into a definition at all.
public struct ExchangeRefusal: Error, Hashable, Sendable, CustomStringConvertible {
  /// The sentence for the person who named the file.
  public let sentence: String

  /// Makes the value from its sentence.
  public init(_ sentence: String) { self.sentence = sentence }

  /// The sentence.
  public var description: String { sentence }
}

/// One thing that was changed, left out or supplied, by the name it has in the file.
public struct ExchangeRemark: Hashable, Sendable, CustomStringConvertible {
  /// The name, as the file writes it.
  public let name: String
  /// What happened to it and why, as a sentence.
  public let sentence: String

  /// Makes the value from its parts.
  public init(
    name: String,
    sentence: String
  ) {
    self.name = name
    self.sentence = sentence
  }

  /// Name and sentence on one line.
  public var description: String { "\(name): \(sentence)" }
}

/// How many of something came over.
public struct ExchangeCount: Hashable, Sendable {
  /// The noun, in the plural.
  public let noun: String
  /// How many.
  public let count: Int

  /// Makes the value from its parts.
  public init(
    noun: String,
    count: Int
  ) {
    self.noun = noun
    self.count = count
  }
}

extension ExchangeCount {
  fileprivate var text: String { count == 1 ? "1 \(noun.dropLast())" : "\(count) \(noun)" }
}

/// What came of an import or an export, for the person who must judge it.
public struct ExchangeReport: Hashable, Sendable {
  /// What came over, counted.
  public internal(set) var carried: [ExchangeCount] = []
  /// What came over changed.
  public internal(set) var repaired: [ExchangeRemark] = []
  /// What did not come over.
  public internal(set) var leftOut: [ExchangeRemark] = []
  /// What the file does not hold and a definition needs: placeholders to be replaced.
  public internal(set) var supplied: [ExchangeRemark] = []
  /// What `equipoise study check` still finds in the draft.
  public internal(set) var faults: [DefinitionFault] = []

  /// Texts of which the file says no length, by the length they have now.
  private var limited: [Int: [String]] = [:]

  init() {}

  mutating func repair(_ name: String, _ sentence: String) {
    let remark = ExchangeRemark(name: name, sentence: sentence)
    if !repaired.contains(remark) { repaired.append(remark) }
  }

  mutating func omit(_ name: String, _ sentence: String) {
    let remark = ExchangeRemark(name: name, sentence: sentence)
    if !leftOut.contains(remark) { leftOut.append(remark) }
  }

  /// Notes that a text of unsaid length has one now; all of them are told together at the end.
  mutating func limit(_ name: String, to most: Int) {
    if limited[most]?.contains(name) != true { limited[most, default: []].append(name) }
  }

  /// Tells the texts that have a length now.
  mutating func tellLimits() {
    for (most, names) in limited.sorted(by: { $0.key < $1.key }) {
      repair(
        names.count == 1 ? names[0] : "\(names.count) texts",
        "of a length the file does not say: now \(most) characters at most. "
          + (names.count == 1
            ? "" : "They are " + WrittenText.cut(names.joined(separator: ", "), 300))
      )
    }
    limited = [:]
  }

  mutating func supply(_ name: String, _ sentence: String) {
    supplied.append(ExchangeRemark(name: name, sentence: sentence))
  }

  /// The report as lines of text.
  public var lines: [String] {
    var lines = ["came over: " + carried.map(\.text).joined(separator: ", ")]
    let parts = [
      ("changed on the way", repaired), ("left out", leftOut), ("to be filled in", supplied),
    ]
    for (title, remarks) in parts where !remarks.isEmpty {
      lines += ["", "\(title) (\(remarks.count))"] + remarks.map { "  \($0)" }
    }
    if !faults.isEmpty {
      lines += ["", "faults left in the draft (\(faults.count))"] + faults.map { "  \($0)" }
    }
    return lines
  }
}
