import Randomization
import Statistics

/// The means of simulated schemes side by side, for a terminal.
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

  /// The table.
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
}
