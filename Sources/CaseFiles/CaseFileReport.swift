/// How one case came out.
public enum CaseOutcome: Equatable, Sendable {
  /// Every expected field lies within its tolerance; the largest deviation in its units.
  case agrees(deviation: Double)
  /// A field lies outside; infinite where a value is missing or of another type.
  case differs(deviation: Double)
  /// The method refused or failed, with its sentence.
  case refused(String)
  /// No method of that name is known.
  case notImplemented
}

/// One case with its answer and its outcome.
public struct CaseResult: Sendable {
  /// The case's id.
  public var id: String
  /// The case's method.
  public var method: String
  /// Whether the case is information and not a requirement.
  public var isOptional: Bool
  /// The answer, when one was given.
  public var answer: JSONValue?
  /// How it compares with what is expected.
  public var outcome: CaseOutcome
}

/// What a case file showed.
public struct CaseFileReport: Sendable {
  /// The name under which the file is reported.
  public var name: String
  /// The results in file order.
  public var results: [CaseResult]

  /// How many cases agree.
  public var agreed: Int {
    results.count { if case .agrees = $0.outcome { true } else { false } }
  }

  /// How many differ or were refused.
  public var differed: Int {
    results.count {
      switch $0.outcome {
      case .differs, .refused: true
      case .agrees, .notImplemented: false
      }
    }
  }

  /// How many ask for a method that is not known.
  public var notImplemented: Int { results.count { $0.outcome == .notImplemented } }

  /// The answers, one JSON object a line.
  public var answerLines: String {
    results.compactMap { result in
      result.answer.map {
        JSONValue.object(["id": .text(result.id), "answer": $0]).description + "\n"
      }
    }.joined()
  }

  /// The report as text: a line of counts, a table by method, then every case that differs.
  public var text: String {
    var lines = [
      "\(name): \(agreed) agree, \(differed) differ, \(notImplemented) not implemented"
    ]
    lines += methodLines
    for result in results {
      let optional = result.isOptional ? " (optional)" : ""
      switch result.outcome {
      case .agrees: continue
      case .notImplemented: continue
      case .differs(let deviation):
        lines.append(
          "  differs: \(result.id)\(optional), \(Self.rounded(deviation)) times its tolerance")
      case .refused(let sentence):
        lines.append("  refused: \(result.id)\(optional): \(sentence)")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private var methodLines: [String] {
    var order: [String] = []
    var byMethod: [String: [CaseResult]] = [:]
    for result in results {
      if byMethod[result.method] == nil { order.append(result.method) }
      byMethod[result.method, default: []].append(result)
    }
    let width = order.map(\.count).max() ?? 0
    return order.map { method in
      let group = byMethod[method] ?? []
      let padded = method + String(repeating: " ", count: width - method.count)
      return "  \(padded)  \(Self.summary(group))"
    }
  }

  private static func summary(_ group: [CaseResult]) -> String {
    var agreed = 0
    var worst = 0.0
    for result in group {
      switch result.outcome {
      case .agrees(let deviation):
        agreed += 1
        worst = max(worst, deviation)
      case .differs(let deviation): worst = max(worst, deviation)
      case .refused: worst = .infinity
      case .notImplemented: return "not implemented (\(group.count))"
      }
    }
    return "\(agreed) of \(group.count), largest deviation \(rounded(worst)) of tolerance"
  }

  /// Three significant digits, without a locale.
  static func rounded(_ value: Double) -> String {
    guard value.isFinite, value != 0 else { return value == 0 ? "0" : "infinite" }
    var exponent = 0
    var mantissa = abs(value)
    while mantissa >= 10 {
      mantissa /= 10
      exponent += 1
    }
    while mantissa < 1 {
      mantissa *= 10
      exponent -= 1
    }
    let digits = (mantissa * 100).rounded() / 100
    if exponent == 0 { return "\(digits)" }
    if exponent == -1 { return "\((digits * 100).rounded() / 1000)" }
    return "\(digits)e\(exponent)"
  }
}
