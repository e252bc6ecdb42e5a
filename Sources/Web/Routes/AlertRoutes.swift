import Conduct
import Pages
import StudyModel

/// Alerts, deviations and serious events.
enum AlertRoutes {
  private static let judges = Access.anyOf([.judgeDeviations])
  private static let events = Access.anyOf([.followSafety, .readSafety])
  private static let recorders = Access.anyOf([.recordDeviations])

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
      "/deviations",
      .anyOf([.recordDeviations, .judgeDeviations, .openDataQuery, .readDeviations]),
      "The deviations the role may know of."
    ) { call in .page(try await DeviationPages.list(call).page()) },
    .page("/deviations/new", recorders, "Where a person records a deviation.") { call in
      .page(try await DeviationRecordPage.show(call).page())
    },
    .act("/deviations/new", recorders, "Drafts a deviation.", DeviationRecordPage.record),
    .act(
      "/deviations/{participant}/{number}/report", judges,
      "Records when the ethics committee was told.", DeviationPages.report),
    .page("/deviations/{participant}/{number}", judges, "One deviation.") { call in
      .page(try await DeviationPages.one(call).page())
    },
    .act(
      "/deviations/{participant}/{number}/judge", judges,
      "Confirms a drafted deviation, or rejects it.", DeviationPages.judge),
    .page("/safety", events, "Serious events and their reporting times.") { call in
      .page(try await SafetyPages.list(call).page())
    },
    .page(
      "/safety/{participant}/{form}/{visit}/{number}", events,
      "A serious event with its reporting times, without any arm."
    ) { call in .page(try await SafetyPages.one(call).page()) },
    .act(
      "/safety/{participant}/{form}/{visit}/{number}/{clock}/meet", .anyOf([.followSafety]),
      "Says that a report was made.", SafetyPages.meet),
    .page(
      "/safety/{participant}/{form}/{visit}/{number}/{clock}/start", .anyOf([.followSafety]),
      "Asks for another start of a reporting time."
    ) { call in .page(try await ClockStartPage.show(call).page()) },
    .act(
      "/safety/{participant}/{form}/{visit}/{number}/{clock}/start", .anyOf([.followSafety]),
      "Shows what another start changes, then changes it.", ClockStartPage.change),
    .act(
      "/safety/{participant}/{form}/{visit}/{number}/expectedness", .anyOf([.judgeExpectedness]),
      "Says whether an event was expected.", SafetyPages.judge),
  ]
}
