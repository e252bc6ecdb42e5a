import Conduct
import Pages
import StudyModel

/// Alerts and deviations.
enum AlertRoutes {
  private static let judges = Access.anyOf([.judgeDeviations])

  static let all: [Route] = [
    .page(
      "/alerts", .anyOf([.acknowledgeAlerts, .knowOfAlerts]),
      "The alerts of the site, or that there are some."
    ) { call in .page(try await AlertPages.list(call).page()) },
    .page("/alerts/{alert}", .anyOf([.acknowledgeAlerts]), "One alert.") { call in
      .page(try await AlertPages.one(call).page())
    },
    .act(
      "/alerts/{alert}/acknowledge", .anyOf([.acknowledgeAlerts]),
      "Records what was done about an alert.", AlertPages.acknowledge),
    .page(
      "/deviations", .anyOf([.judgeDeviations, .openDataQuery]),
      "Deviations that tell nothing of treatment."
    ) { call in .page(try await AlertPages.deviations(call).page()) },
    .page("/deviations/{participant}/{number}", judges, "One deviation.") { call in
      .page(try await AlertPages.deviation(call).page())
    },
    .act(
      "/deviations/{participant}/{number}/judge", judges,
      "Confirms a drafted deviation, or rejects it.", AlertPages.judge),
  ]
}
