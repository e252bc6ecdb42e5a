import Foundation
import StudyModel
import Testing

/// What the guide says of missing values, against what the language makes of them.
@Suite struct MissingValueTests {
  private struct Row {
    let name: String
    let examples: [(formula: String, value: String)]
  }

  /// The rows of the guide's table: names and examples.
  private static func rows() throws -> [Row] {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let text = try String(
      contentsOf: root.appending(path: "Docs/Guides/WritingAStudyDefinition.md"), encoding: .utf8)
    let start = try #require(text.range(of: "### What is missing\n"))
    let end = try #require(text.range(of: "A check or a condition acts only when"))
    return text[start.upperBound..<end.lowerBound].split(separator: "\n")
      .filter { $0.hasPrefix("| `") }
      .flatMap { line in
        let cells = line.split(separator: " | ", maxSplits: 2).map(String.init)
        let examples = cells[2].matches(of: /`([^`]+)` is `([^`]+)`/)
          .map { (formula: String($0.output.1), value: String($0.output.2)) }
        return cells[0].matches(of: /`([^`]+)`/)
          .map { Row(name: String($0.output.1), examples: examples) }
      }
  }

  private static func value(of text: String) throws -> String {
    let environment = FormulaEnvironment(
      own: [
        try FieldID(parsing: "d"): .date(try CalendarDate(parsing: "2028-02-28")),
        try FieldID(parsing: "t"): .instant(try UTCInstant(parsing: "2028-02-28T10:00:00Z")),
        try FieldID(parsing: "list"): .choices(["X"]),
      ],
      clocks: FormulaClocks(
        site: try SiteClock(zone: "Europe/London"), sponsor: try SiteClock(zone: "Europe/London")))
    return try Formula(parsing: text).value(in: environment).canonicalText ?? "missing"
  }

  @Test func `every example of the guide is what the language makes of it`() throws {
    let rows = try Self.rows()
    #expect(rows.count > FormulaFunction.allCases.count)
    for row in rows {
      #expect(!row.examples.isEmpty, "\(row.name)")
      for (formula, value) in row.examples {
        #expect(try Self.value(of: formula) == value, "\(formula)")
      }
    }
  }

  @Test func `the guide says of every function what a missing argument gives, in each place`()
    throws
  {
    let rows = try Self.rows()
    for function in FormulaFunction.allCases {
      let row = try #require(rows.first { $0.name == function.rawValue }, "\(function.rawValue)")
      let calls = try row.examples.compactMap { example -> [Formula]? in
        guard case .call(function, let arguments) = try Formula(parsing: example.formula) else {
          return nil
        }
        return arguments
      }
      // Of those that take any number, the places up to the one whose kind repeats.
      let repeated = function == .band ? 5 : 2
      let places =
        function.arity.lowerBound == function.arity.upperBound
        ? function.arity.lowerBound : repeated
      for place in 0..<places {
        #expect(
          calls.contains { $0.count > place && $0[place] == .constant(.missing) },
          "\(function.rawValue), place \(place + 1)")
      }
    }
  }

  @Test func `the guide says of every sign what a missing side gives`() throws {
    let rows = try Self.rows()
    let signs =
      ArithmeticOperator.allCases.map(\.rawValue) + ComparisonOperator.allCases.map(\.rawValue)
      + ["and", "or", "not"]
    for sign in signs {
      let row = try #require(rows.first { $0.name == sign }, "\(sign)")
      #expect(row.examples.contains { $0.formula.contains("missing") }, "\(sign)")
    }
    let arithmetic = try #require(rows.first { $0.name == "/" })
    for sign in ArithmeticOperator.allCases.map(\.rawValue) {
      for example in ["missing \(sign) ", " \(sign) missing"] {
        #expect(arithmetic.examples.contains { $0.formula.contains(example) }, "\(example)")
      }
    }
    #expect(arithmetic.examples.contains { $0.formula == "1 / 0" })
  }
}
