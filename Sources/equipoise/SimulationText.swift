import Randomization
import Statistics

/// The means of simulated schemes side by side, as text and as a file.
struct SimulationText {
  private struct Line {
    let name: String
    let summaries: [SimulationSummary?]
  }

  private let lines: [Line]
  private let count: Int

  init(_ schemes: [Scheme], _ simulations: [SchemeSimulation]) {
    count = schemes.count
    var arms: [Label] = []
    for arm in schemes.flatMap(\.arms) where !arms.contains(arm.id) { arms.append(arm.id) }
    let ofArms = arms.map { arm in
      Line(
        name: "allocated to \(TerminalText.plain(arm.text))",
        summaries: zip(schemes, simulations).map { scheme, simulation in
          scheme.arms.firstIndex { $0.id == arm }.map { index in
            simulation.summary { Double($0.counts[index]) }
          }
        })
    }
    let quantities: [(String, (SimulationRun) -> Double)] = [
      ("imbalance at the end", { Double($0.final) }),
      ("largest imbalance", { Double($0.max) }),
      ("allocations in perfect balance", { Double($0.balanced) }),
      ("share guessed by an observer of the past", \.guess),
      ("largest arm probability", \.predictable),
      ("share of certain allocations", \.deterministic),
    ]
    lines =
      ofArms
      + quantities.map { name, quantity in
        Line(name: name, summaries: simulations.map { $0.summary(of: quantity) })
      }
  }

  /// The table for a terminal.
  var text: String {
    let heads = count == 1 ? ["mean"] : (1...count).map { "\($0): mean" }
    let rows =
      [[""] + heads.flatMap { [$0, "standard error"] }]
      + lines.map { line in
        [line.name]
          + line.summaries.flatMap { summary in
            summary.map {
              [
                Wording.decimal($0.mean, places: 4), Wording.decimal($0.standardError, places: 4),
              ]
            } ?? ["–", "–"]
          }
      }
    return TerminalText.table(rows, rightAligned: Set(1...(2 * count)))
  }

  /// One line for each scheme and quantity, with exact values.
  var csv: String {
    var text = "scheme,quantity,mean,standard_error\n"
    for index in 0..<count {
      for line in lines {
        guard let summary = line.summaries[index] else { continue }
        let name = "\"" + line.name.replacing("\"", with: "\"\"") + "\""
        text += "\(index + 1),\(name),\(summary.mean),\(summary.standardError)\n"
      }
    }
    return text
  }
}
