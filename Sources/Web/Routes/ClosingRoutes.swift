import Conduct
import Pages
import Reports
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
      try await call.provenAnswer { call in
        let isDone = try await call.installation.unblind(as: try call.actor)
        return .see(isDone ? "/unblinding?note=unblinded" : "/unblinding?note=unblind-signed")
      } orShow: { call, faults in
        try await UnblindingPageContent(call).model(faults: faults).page()
      }
    },
    .page("/exports", .anyOf([.exportBlinded]), "The files of the lock.") { call in
      .page(try await ExportsPageContent(call).model().page())
    },
    .page("/exports/blinded.zip", .anyOf([.exportBlinded]), "The locked data without arms.") {
      call in
      try await archive(call) { try await $0.exportBlinded(as: try call.actor) }
    }.paced(.export),
    .page(
      "/exports/unblinded.zip", .anyOf([.exportUnblinded, .analyse]),
      "The locked data with the allocation."
    ) { call in
      try await archive(call) { try await $0.exportUnblinded(as: try call.actor) }
    }.paced(.export),
    .page("/result", .anyOf([.analyse]), "The result of the trial.") { call in
      .page(try await result(call).page())
    },
    .page(
      "/result/files/{name}", .anyOf([.analyse]), "A table, a picture or the data of the result."
    ) { call in
      try file(call, of: try await call.installation.finalAnalysis(as: try call.actor))
    },
    .page(
      "/result/dry-run", .anyOf([.analyse]),
      "The same report on invented arms, marked as false, before unblinding."
    ) { call in
      .page(try await dryRun(call).page())
    },
    .page("/result/dry-run/files/{name}", .anyOf([.analyse]), "A file of the dry run.") { call in
      try file(call, of: try await call.installation.dryRun(as: try call.actor))
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

  /// The files, or the page that asks for a proof first.
  private static func archive(
    _ call: Call, _ export: (Installation) async throws -> DatasetBundle
  ) async throws -> Answer {
    try await call.file(offeredAt: "/exports") {
      let bundle = try await export(call.installation)
      return .file(bundle.archive, name: "\(bundle.name).zip", type: "application/zip")
    }
  }

  private static func result(_ call: Call) async throws -> ResultModel {
    let actor = try call.actor
    let found = try await call.installation.finalAnalysis(as: actor)
    return TrialResultPages.model(
      found, frame: call.site.frame(for: call),
      lead: [
        "lock \(found.report.provenance.snapshot) of \(Times.full(found.lockedAt, call.site.zone(of: actor)))",
        "definition \(found.report.provenance.definition)",
      ],
      links: [
        Link(text: "Result for programs", href: "/result/files/result.json"),
        Link(text: "Exports", href: "/exports"),
      ], files: "/result/files")
  }

  private static func dryRun(_ call: Call) async throws -> ResultModel {
    let actor = try call.actor
    let found = try await call.installation.dryRun(as: actor)
    return TrialResultPages.model(
      found, frame: call.site.frame(for: call),
      lead: [
        "data as of \(Times.full(found.lockedAt, call.site.zone(of: actor)))", "invented arms",
      ],
      computed: [
        "Every arm is a hash of the participant's key and has nothing to do with the allocation. Data of class treatment are not read."
      ],
      links: [Link(text: "Result for programs", href: "/result/dry-run/files/result.json")],
      files: "/result/dry-run/files")
  }

  private static func file(_ call: Call, of result: FinalResult) throws -> Answer {
    let name = call.parameter("name")
    guard let file = TrialResultPages.files(result).first(where: { $0.name == name }) else {
      throw ActRefusal.notFound
    }
    let type =
      name.hasSuffix(".csv")
      ? "text/csv; charset=utf-8" : name.hasSuffix(".svg") ? "image/svg+xml" : "application/json"
    return .file(file.bytes, name: file.name, type: type)
  }
}
