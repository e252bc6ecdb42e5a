import Conduct
import Pages
import Store
import StudyModel

/// Interim looks: built, released and read.
enum ReportRoutes {
  static let all: [Route] = [
    .page("/reports", readers, "The interim looks.") { call in
      .page(try await ReportLooks(call).list().page())
    },
    .act("/reports/build", .anyOf([.buildInterimReport]), "Builds an interim look.") { call in
      try await call.act {
        let actor = try await call.freshActor()
        let number = try await call.installation.buildInterim(
          outsidePlan: actor.trial.mode == TrialMode.training.rawValue, as: actor)
        return "/reports/\(number)?note=built"
      } orShow: { faults in
        try await ReportLooks(call).list(faults: faults).page()
      }
    },
    .page("/reports/{number}", readers, "One interim look.") { call in
      .page(try await ReportLooks(call).one().page())
    },
    .act("/reports/{number}/release", .anyOf([.checkInterimReport]), "Releases a look.") { call in
      let looks = try ReportLooks(call)
      let number = try looks.number()
      return try await call.act {
        try await call.installation.releaseInterim(number, as: try await call.freshActor())
        return "/reports/\(number)?note=released"
      } orShow: { faults in
        try await looks.one(faults: faults).page()
      }
    },
    .page(
      "/reports/{number}/closed",
      .anyOf([.readClosedReport, .buildInterimReport]),
      "The closed report: arms as letters.", closed),
    .page("/reports/{number}/open", .anyOf([.readOpenReport]), "The open report.", open),
  ]

  private static let readers = Access.anyOf([
    .readOpenReport, .readClosedReport, .buildInterimReport, .checkInterimReport,
  ])

  private static func back(_ number: Int) -> Link {
    Link(text: "This look", href: "/reports/\(number)")
  }

  private static func closed(_ call: Call) async throws -> Answer {
    let actor = try call.actor
    let number = try ReportLooks(call).number()
    let report = try await call.installation.closedReport(number, as: actor)
    let now = Times.full(call.installation.clock.now, call.site.zone(of: actor))
    return .page(
      InterimPages.closed(
        report, frame: call.site.frame(for: call), back: back(number),
        watermark: "Confidential, for the committee only. Read by \(actor.fullName), \(now)."
      ).page())
  }

  private static func open(_ call: Call) async throws -> Answer {
    let actor = try call.actor
    let number = try ReportLooks(call).number()
    let report = try await call.installation.openReport(number, as: actor)
    return .page(
      InterimPages.open(
        report, frame: call.site.frame(for: call), back: back(number),
        software: call.installation.software
      ).page())
  }
}
