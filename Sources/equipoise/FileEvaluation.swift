import Statistics

/// How one reference case came out.
enum CaseVerdict: Equatable {
  /// Every expected value was computed; with the largest deviation in units of its tolerance.
  case agrees(deviation: Double)
  /// Another value was computed: by how many tolerances, or where.
  case differs(deviation: Double, place: String?)
  /// The method refused the case, with its sentence.
  case refused(String)
  /// This program does not compute the case, and perhaps why.
  case notImplemented(String?)
}

/// One reference case with its answer.
struct EvaluatedCase {
  let id: String
  let method: String
  var isOptional = false
  let verdict: CaseVerdict
  /// The computed answer as JSON; nil when there is none.
  var answerJSON: String?

  /// The case as one line.
  var line: String {
    let name = TerminalText.plain(id) + (isOptional ? " (optional)" : "")
    switch verdict {
    case .agrees(let deviation):
      return "  agrees: \(name), \(FileEvaluation.tolerances(deviation))"
    case .differs(let deviation, nil):
      return "  differs: \(name), \(FileEvaluation.tolerances(deviation))"
    case .differs(_, let place?): return "  differs: \(name): \(TerminalText.plain(place))"
    case .refused(let sentence): return "  refused: \(name): \(TerminalText.plain(sentence))"
    case .notImplemented(nil): return "  not implemented: \(name)"
    case .notImplemented(let reason?): return "  not implemented: \(name): \(reason)"
    }
  }
}

/// What one file of reference cases came to.
struct FileEvaluation {
  let name: String
  let cases: [EvaluatedCase]

  var agreed: Int { cases.count { if case .agrees = $0.verdict { true } else { false } } }

  var differed: Int {
    cases.count {
      switch $0.verdict {
      case .differs, .refused: true
      case .agrees, .notImplemented: false
      }
    }
  }

  var notImplemented: Int { cases.count { isNotImplemented($0) } }

  /// Whether nothing that must be computed differs or is not computed.
  var isComplete: Bool {
    !cases.isEmpty && differed == 0 && !cases.contains { isNotImplemented($0) && !$0.isOptional }
  }

  /// The answers, one JSON object a line.
  var answerLines: String {
    cases.compactMap { result in
      result.answerJSON.map { "{\"id\":\(JSONLine.quoted(result.id)),\"answer\":\($0)}\n" }
    }.joined()
  }

  /// The line of counts, the largest deviation by method, then each case that does not agree.
  func text(eachCase: Bool) -> String {
    let counts = Self.counts(agreed, differed, notImplemented)
    var text = "\(TerminalText.plain(name)): \(counts)\n"
    text += TerminalText.table(methodRows, rightAligned: [1])
    for result in cases {
      switch result.verdict {
      case .agrees: if eachCase { text += result.line + "\n" }
      case .notImplemented(nil): if eachCase { text += result.line + "\n" }
      case .differs, .refused, .notImplemented: text += result.line + "\n"
      }
    }
    return text
  }

  /// `N agree, M differ, K not implemented`.
  static func counts(_ agreed: Int, _ differed: Int, _ notImplemented: Int) -> String {
    "\(agreed) agree, \(differed) differ, \(notImplemented) not implemented"
  }

  /// A deviation in words.
  static func tolerances(_ deviation: Double) -> String {
    if deviation == 0 { return "no deviation" }
    guard deviation.isFinite else { return "a value is missing or of another kind" }
    if deviation < 0.001 { return "below 0.001 of its tolerance" }
    return Wording.decimal(deviation, places: 3) + " of its tolerance"
  }

  private func isNotImplemented(_ result: EvaluatedCase) -> Bool {
    if case .notImplemented = result.verdict { true } else { false }
  }

  private var methodRows: [[String]] {
    var order: [String] = []
    var byMethod: [String: [EvaluatedCase]] = [:]
    for result in cases {
      if byMethod[result.method] == nil { order.append(result.method) }
      byMethod[result.method, default: []].append(result)
    }
    return order.map { method in
      [TerminalText.plain(method)] + Self.summary(byMethod[method] ?? [])
    }
  }

  private static func summary(_ group: [EvaluatedCase]) -> [String] {
    var agreed = 0
    var worst = 0.0
    var unanswered = 0
    for result in group {
      switch result.verdict {
      case .agrees(let deviation):
        agreed += 1
        worst = max(worst, deviation)
      case .differs(let deviation, _): worst = max(worst, deviation)
      case .refused: worst = .infinity
      case .notImplemented: unanswered += 1
      }
    }
    if unanswered == group.count {
      let optional = group.allSatisfy(\.isOptional) ? " (optional)" : ""
      return ["0 of \(group.count)", "not implemented" + optional]
    }
    let rest = unanswered > 0 ? ", \(unanswered) not implemented" : ""
    return ["\(agreed) of \(group.count)", "largest deviation: \(tolerances(worst))\(rest)"]
  }
}

/// Text as a JSON string on one line.
enum JSONLine {
  static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\u{0}"..."\u{1F}", "\u{7F}":
        let digits = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}
