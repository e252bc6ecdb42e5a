public import Pictures
public import Reports
import Statistics

/// The picture of what a design achieves; the same on the page and as a file.
public enum DesignPicture {
  /// How often each hypothesis is shown.
  public static func power(_ report: DesignReport) -> PowerPicture {
    let rows = report.tests.map { test in
      PowerPicture.Row(
        label: "\(test.id): \(test.comparison)", byLook: test.byLook,
        share:
          "\(PlanningPages.percent(test.shown)) ± \(Wording.decimal(100 * test.standardError, places: 2))"
      )
    }
    let first = report.tests.first
    return PowerPicture(
      finding: first.map {
        "\($0.id) is shown in \(PlanningPages.percent($0.shown)) of the simulated trials."
      }
        ?? "No hypothesis is planned.",
      numbers: rows.map { "\($0.label) \($0.share)" }.joined(separator: "; "), rows: rows)
  }
}
