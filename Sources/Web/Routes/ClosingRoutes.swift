import Conduct
import Pages
import StudyModel

/// Lock, unblinding, exports and the result.
enum ClosingRoutes {
  static let all: [Route] = [
    .page("/lock", readers, "The steps to the locked study.") { call in
      .page(try await LockPageContent(call).model().page())
    },
    .act("/lock/plan", .anyOf([.analyse]), "Puts the analysis plan's digest on record.") { call in
      try await lockAct(call) {
        try await call.installation.recordAnalysisPlan(
          digest: call.form["digest"] ?? "", as: try await call.freshActor())
        return "/lock?note=plan"
      }
    },
    .act("/lock/soft", .anyOf([.softLock]), "Soft-locks the study.") { call in
      try await lockAct(call) {
        try await call.installation.softLock(as: try await call.freshActor())
        return "/lock?note=soft-locked"
      }
    },
    .act("/lock/hard", .anyOf([.hardLock]), "Signs the hard lock.") { call in
      try await lockAct(call) {
        let isDone = try await call.installation.hardLock(as: try await call.freshActor())
        return isDone ? "/lock?note=hard-locked" : "/lock?note=lock-signed"
      }
    },
    .page("/unblinding", .anyOf([.unblind]), "The unblinding of the whole study.") { call in
      .page(try await UnblindingPageContent(call).model().page())
    },
    .act("/unblinding", .anyOf([.unblind]), "Signs the unblinding.") { call in
      try await call.act {
        let isDone = try await call.installation.unblind(as: try await call.freshActor())
        return isDone ? "/unblinding?note=unblinded" : "/unblinding?note=unblind-signed"
      } orShow: { faults in
        try await UnblindingPageContent(call).model(faults: faults).page()
      }
    },
    .page("/exports", .anyOf([.exportBlinded]), "The files of the lock.") { call in
      .page(try await ExportsPageContent(call).model().page())
    },
    .act("/exports/confirm", .anyOf([.exportBlinded]), "Gives the password before an export.") {
      call in
      try await call.act {
        let actor = try call.actor
        try await call.installation.confirmPassword(
          call.form["password"] ?? "", user: actor.user, token: call.token)
        return "/exports"
      } orShow: { faults in
        try await ExportsPageContent(call).model(faults: faults).page()
      }
    }.once(.notKeyed),
    .page("/exports/blinded.zip", .anyOf([.exportBlinded]), "The locked data without arms.") {
      call in
      try await archive(call) { try await $0.exportBlinded(as: try call.actor) }
    },
    .page(
      "/exports/unblinded.zip", .anyOf([.exportUnblinded, .analyse]),
      "The locked data with the allocation."
    ) { call in
      try await archive(call) { try await $0.exportUnblinded(as: try call.actor) }
    },
    .page("/result", .anyOf([.analyse]), "The primary result.") { call in
      .page(try await result(call).page())
    },
  ]

  private static let readers = Access.anyOf([
    .softLock, .hardLock, .unblind, .exportBlinded, .analyse,
  ])

  private static func lockAct(
    _ call: Call, _ act: () async throws -> String
  ) async throws -> Answer {
    try await call.act(act) { faults in
      try await LockPageContent(call).model(faults: faults).page()
    }
  }

  /// The files, or the page that asks for the password first.
  private static func archive(
    _ call: Call, _ export: (Installation) async throws -> DatasetBundle
  ) async throws -> Answer {
    do {
      let bundle = try await export(call.installation)
      return .file(bundle.archive, name: "\(bundle.name).zip", type: "application/zip")
    } catch ActRefusal.authenticationStale {
      return .see("/exports")
    }
  }

  private static func result(_ call: Call) async throws -> ResultModel {
    let actor = try call.actor
    let found = try await call.installation.finalAnalysis(as: actor)
    return ResultReport.model(
      from: found.analysis,
      ResultReport.Source(
        frame: call.site.frame(for: call),
        lead: [
          "lock \(found.snapshot) of \(Times.full(found.lockedAt, call.site.zone(of: actor)))",
          "definition \(actor.definition.version)",
        ],
        facts: [
          Fact(name: "Fingerprint", value: found.fingerprint, isCode: true),
          Fact(name: "Software", value: call.installation.software, isCode: true),
        ], links: [Link(text: "Exports", href: "/exports")]))
  }
}
