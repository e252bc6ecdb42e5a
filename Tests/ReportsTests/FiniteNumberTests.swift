import InventedTrials
import Statistics
import StudyModel
import Testing

@testable import Reports

/// Nothing in a result is other than a number, a sentence or a dash.
@Suite struct FiniteNumberTests {
  /// Every binary number anywhere inside a value, with the way to it.
  private static func numbers(in value: Any, at place: String = "") -> [(String, Double)] {
    if let number = value as? Double { return [(place, number)] }
    return Mirror(reflecting: value).children.enumerated().flatMap { index, child in
      numbers(in: child.value, at: "\(place)/\(child.label ?? String(index))")
    }
  }

  private static func check(_ report: TrialReport) {
    let found = numbers(in: report.sections)
    #expect(found.count > 200)
    for (place, number) in found { #expect(number.isFinite, "\(place)") }
    for table in report.sections.flatMap(\.tables) {
      for row in table.rows {
        for (column, cell) in zip(table.columns, row) where column.isNumeric {
          // What has no finite value is a dash, not a word that looks like a number.
          #expect(
            cell.value != nil || ["–", "not taken"].contains(cell.text),
            "\(table.id): \(column.title)")
          let words = ["nan", "inf", "∞"]
          #expect(!words.contains { cell.text.contains($0) }, "\(table.id): \(column.title)")
        }
      }
    }
  }

  @Test func `every number of an ordinary trial is finite and only what has no number is empty`()
    throws
  {
    let report = try InventedTrial().report()
    Self.check(report)
    let empty = report.sections.flatMap(\.tables).flatMap { table in
      table.rows.flatMap { row in
        zip(table.columns, row).filter { $0.isNumeric && $1.value == nil }
          .map { "\(table.id), \(row[0].text), \($0.title): \($1.text)" }
      }
    }
    // A look that was not taken, and an index that has no limits.
    #expect(
      empty == [
        "boundaries, 0.50, Statistic: not taken",
        "blinding-RBR.guess-EOT, All, James, Lower limit: –",
        "blinding-RBR.guess-EOT, All, James, Upper limit: –",
      ])
  }

  @Test(arguments: ["equal", "nobody answers", "one arm responds", "few"])
  func `degenerate data give finite numbers or sentences`(_ kind: String) throws {
    let invented = try InventedTrial(
      participants: kind == "few" ? 18 : 90,
      changing: { number, place, answers in
        switch kind {
        case "equal": if place.hasPrefix("QIDSSR16@") { answers = ["total": "5"] }
        case "nobody answers": if place.hasPrefix("QIDSSR16@") { answers = [:] }
        case "one arm responds":
          guard place == "MADRS@EOT", !answers.isEmpty else { return }
          answers["total"] = (number / 3) % 3 == 2 ? "2" : "40"
        default: break
        }
        if place == "AE@UNS" { answers = [:] }
      })
    let report: TrialReport
    do {
      report = try invented.report()
    } catch let refusal as AnalysisRefusal {
      #expect(kind == "few" && !refusal.description.isEmpty)
      return
    }
    Self.check(report)
    #expect(report.sections.contains { !$0.refusals.isEmpty })
  }

  @Test func `a number that is none is found wherever it hides`() {
    var section = ReportSection(id: "planted", title: "Planted")
    section.figures = [
      .forest(
        .init(
          id: "forest", finding: "", margin: nil,
          rows: [
            .init(
              label: "", counts: "", estimate: 0, lower: -.infinity, upper: .nan, isOverall: true)
          ]))
    ]
    let found = Self.numbers(in: [section]).filter { !$0.1.isFinite }
    #expect(found.count == 2)
  }
}
