import Pages
import Reports
import Statistics

extension InterimPages {
  /// Treatment, adverse events and blinding of a closed report, by letter.
  static func safety(_ report: InterimReport) -> [DataTable] {
    guard let safety = report.safety else { return [] }
    return [delivery(safety), events(safety)] + safety.blinding.map(blinding)
  }

  private static func delivery(_ safety: InterimSafety) -> DataTable {
    DataTable(
      caption: "Treatment by letter of the allocated arm",
      columns: [DataColumn(title: "Arm")]
        + ["Randomized", "Treated", "First treated otherwise"].map {
          DataColumn(title: $0, isNumeric: true)
        },
      rows: safety.delivery.map {
        DataRow(
          cells: [
            $0.letter, String($0.randomized), String($0.treated), String($0.treatedOtherwise),
          ])
      })
  }

  /// One row an event, the letters side by side, as a committee compares them.
  private static func events(_ safety: InterimSafety) -> DataTable {
    var (names, letters): ([String], [String]) = ([], [])
    var cells: [String: [String: InterimSafety.Events]] = [:]
    for cell in safety.events {
      if cells[cell.row] == nil { names.append(cell.row) }
      if !letters.contains(cell.letter) { letters.append(cell.letter) }
      cells[cell.row, default: [:]][cell.letter] = cell
    }
    return DataTable(
      caption:
        "Participants with adverse events by letter of the treatment first received: number, per cent with 95 % limits, events",
      columns: [DataColumn(title: "Event")]
        + letters.map { DataColumn(title: $0, isNumeric: true) },
      rows: names.map { name in
        DataRow(cells: [name] + letters.map { text(cells[name]?[$0]) })
      }, empty: "Nobody was treated yet.")
  }

  private static func text(_ cell: InterimSafety.Events?) -> String {
    guard let cell, cell.treated > 0 else { return "–" }
    let share = 100 * Double(cell.participants) / Double(cell.treated)
    let limits =
      "\(Wording.decimal(100 * cell.lower)) to \(Wording.decimal(100 * cell.upper))"
    return
      "\(cell.participants) of \(cell.treated), \(Wording.decimal(share)) % (\(limits)); \(cell.events)"
  }

  private static func blinding(_ found: InterimSafety.Blinding) -> DataTable {
    let number = { (value: Double?) in value.map { Wording.decimal($0, places: 3) } ?? "–" }
    return DataTable(
      caption: "Blinding by letter: \(found.record)",
      columns: [
        DataColumn(title: "Arm"), DataColumn(title: "Guesses", isNumeric: true),
        DataColumn(title: "Index of Bang", isNumeric: true),
      ],
      rows: found.rows.map {
        DataRow(cells: [$0.letter, String($0.guesses), number($0.index)])
      }
        + [
          DataRow(cells: [
            "All, index of James",
            String(found.rows.reduce(0) { $0 + $1.guesses }), number(found.overall),
          ])
        ], note: "Bang: 0 is chance. James: 1 is complete blinding, 0 none.")
  }
}
