internal import Datasets

extension SimulationReport {
  /// The report as comma-separated text: a line for each candidate and quantity.
  ///
  /// Means and standard errors are over the runs and not rounded; the shares are of 1. An arm also
  /// has the number it would have if the ratio held exactly, and the numbers that 5 % of the runs
  /// were below and above. A share of runs by imbalance has no standard error.
  public var csv: String {
    CSVText.table(
      [
        "candidate", "scheme_sha256", "quantity", "mean", "standard_error", "planned",
        "five_percent_below", "five_percent_above",
      ],
      candidates.flatMap { candidate in
        candidate.lines(width: width).map { [String(candidate.number), candidate.scheme] + $0 }
      })
  }
}

extension SimulationReport.Candidate {
  fileprivate func lines(width: Int) -> [[String]] {
    func line(
      _ quantity: String, _ figure: SimulationReport.Figure, _ more: [Double] = []
    ) -> [String] {
      let cells = more.isEmpty ? ["", "", ""] : more.map(\.description)
      return [quantity, figure.mean.description, figure.standardError.description] + cells
    }
    return arms.map { line("allocated to \($0.id)", $0.allocated, [$0.target, $0.low, $0.high]) }
      + [
        line("imbalance at the end", finalImbalance),
        line("largest imbalance", largestImbalance),
        line("allocations in perfect balance", balanced),
        line("share guessed by an observer of the past", guess),
        line("largest arm probability", predictable),
        line("share of certain allocations", deterministic),
      ]
      + imbalances.enumerated().map { step, share in
        let (low, high) = (step * width, step * width + width - 1)
        let range = low == high ? "\(low)" : "\(low) to \(high)"
        return ["share of runs with imbalance \(range) at the end", share.description]
          + ["", "", "", ""]
      }
  }
}
