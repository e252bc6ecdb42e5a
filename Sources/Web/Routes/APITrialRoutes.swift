import Conduct
import Foundation
import Store
import StudyModel

/// The part of the API for allocation, the study itself, reports, lock and result.
extension APIRoutes {
  // MARK: Allocation

  static let allocation: [Route] = [
    .api(
      "GET", "/participants/{participant}/readiness", .anyOf([.randomize]),
      "How the preconditions of randomization stand."
    ) { call in
      let outcomes = try await call.installation.readiness(
        of: try call.participant(), as: try call.actor)
      return try .json(outcomes.map(ReadinessRow.init))
    },
    .api(
      "POST", "/participants/{participant}/randomize", .anyOf([.randomize]),
      "Randomizes a participant; needs an Idempotency-Key and fresh authentication.",
      body: [.optional("password")]
    ) { call in
      let receipt = try await call.installation.randomize(
        try call.participant(), requestKey: call.requestKey,
        as: try await call.randomizingActor())
      return try .json(receipt, status: 201)
    }.once(.keyedByAct).brief.urgent.paced(.randomization),
    .api(
      "GET", "/allocations", .anyOf([.acknowledgeAllocation]),
      "Allocations of the site, arms not shown."
    ) { call in
      let found = try await call.installation.allocations(
        includingAcknowledged: true, as: try call.actor)
      return try .json(found.map(AllocationRow.init))
    },
    .api(
      "POST", "/allocations/{participant}/acknowledge", .anyOf([.acknowledgeAllocation]),
      "Acknowledges an allocation and shows the arm.", body: [.optional("password")]
    ) { call in
      let revealed = try await call.installation.acknowledge(
        try call.participant(), as: try await call.freshActor())
      return try .json(ArmRow(revealed), status: 201)
    }.showingArm(),
    .api(
      "GET", "/allocations/{participant}", .anyOf([.readAllocation]),
      "The arm of an acknowledged allocation; the reading is audited."
    ) { call in
      let revealed = try await call.installation.readArm(
        of: try call.participant(), as: try call.actor)
      return try .json(ArmRow(revealed))
    },
    .api(
      "POST", "/randomization/approve", .anyOf([.approveRandomization]),
      "Approves the scheme as the second person.", body: [.optional("password")]
    ) { call in
      try await call.installation.approveRandomization(as: try await call.freshActor())
      return try .json(["status": "approved"])
    },
    .api(
      "POST", "/randomization/entropy", .anyOf([.draftRandomization]),
      "Records the public entropy; the scheme is in force.",
      body: [.text("value"), .text("source")]
    ) { call in
      let body = JSONBody(call.json)
      guard let value = Hex.bytes(body?["value"] ?? "") else {
        throw ActRefusal.invalid([
          Fault(field: "value", code: "bad_hex", sentence: "value is hexadecimal text.")
        ])
      }
      try await call.installation.recordEntropy(
        value, source: body?["source"] ?? "", as: try call.actor)
      return try .json(["status": "in force"])
    },
  ]

  // MARK: Study

  static let study: [Route] = [
    .api(
      "GET", "/enrolment", .anyOf([.readEnrolment]),
      "How many take part, over all arms; by site where the caller may tell sites apart."
    ) { call in
      try .json(EnrolmentBody(try await call.installation.enrolment(as: try call.actor)))
    },
    .api("GET", "/sites", .anyOf([.activateSite]), "The sites and their states.") { call in
      try .json(try await call.installation.sites(as: try call.actor).map(SiteRow.init))
    },
    .api(
      "GET", "/sites/{site}/readiness", .anyOf([.activateSite]),
      "What a site needs before it is opened, met or not, and what is recorded of it."
    ) { call in
      guard let site = try? SiteKey(parsing: call.parameter("site")) else {
        throw ActRefusal.notFound
      }
      return try .json(
        SiteReadinessBody(
          try await call.installation.siteReadiness(of: site, as: try call.actor)))
    },
    .api(
      "POST", "/sites/{site}/facts", .anyOf([.activateSite]),
      "Records approval of the ethics committee, contract, capacity or release; dates are YYYY-MM-DD.",
      body: [
        .text("fact"), .text("since"), .text("reference"), .optional("arms"),
        .optional("holds", .boolean),
      ]
    ) { call in
      guard let site = try? SiteKey(parsing: call.parameter("site")) else {
        throw ActRefusal.notFound
      }
      let body = JSONBody(call.json)
      let record = try SiteReadinessBody.record(
        fact: body?["fact"], holds: body?.truth("holds") ?? true, since: body?["since"],
        reference: body?["reference"],
        arms: (body?["arms"] ?? "").split(separator: ",").map {
          $0.trimmingCharacters(in: .whitespaces)
        })
      return try await call.once { (number: Int) in
        try .json(["record": number], status: 201)
      } _: {
        try await $0.recordSiteFact(record, at: site, as: try call.actor)
      }
    },
    .api(
      "POST", "/sites/{site}/prepare", .anyOf([.activateSite]),
      "Takes a site a step towards its opening: to selected, or to initiated.",
      body: [.text("to"), .optional("reason")]
    ) { call in
      guard let site = try? SiteKey(parsing: call.parameter("site")),
        let target = SiteState(rawValue: JSONBody(call.json)?["to"] ?? "")
      else { throw ActRefusal.notFound }
      return try await call.once { (_: Void) in
        try .json(["status": target.rawValue])
      } _: {
        try await $0.prepareSite(
          site, to: target, reason: JSONBody(call.json)?["reason"] ?? "", as: try call.actor)
      }
    },
    .api(
      "GET", "/study/steps", StudyRoutes.movers,
      "The state of the study, and the steps the caller may take with what is missing."
    ) { call in
      let found = try await call.installation.studySteps(as: try call.actor)
      return try .json(StudyStepsBody(state: found.state, steps: found.steps))
    },
    .api(
      "POST", "/study/move", StudyRoutes.movers, "Takes a step of the study.",
      body: [.text("to"), .optional("reason")]
    ) { call in
      let target = try StudyStepsPage.state(JSONBody(call.json)?["to"])
      return try await call.once { (_: Void) in
        try .json(["status": target.rawValue])
      } _: {
        try await $0.moveStudy(
          to: target, reason: JSONBody(call.json)?["reason"] ?? "", as: try call.actor)
      }
    },
    .api(
      "POST", "/sites/{site}/activate", .anyOf([.activateSite]), "Opens a site.",
      body: [.optional("reason")]
    ) { call in
      guard let site = try? SiteKey(parsing: call.parameter("site")) else {
        throw ActRefusal.notFound
      }
      try await call.installation.activateSite(
        site, reason: JSONBody(call.json)?["reason"] ?? "", as: try call.actor)
      return try .json(["status": "active"])
    },
    .api(
      "POST", "/sites/{site}/suspend", .anyOf([.activateSite]), "Suspends a site.",
      body: [.text("reason")]
    ) { call in
      guard let site = try? SiteKey(parsing: call.parameter("site")) else {
        throw ActRefusal.notFound
      }
      try await call.installation.suspendSite(
        site, reason: JSONBody(call.json)?["reason"] ?? "", as: try call.actor)
      return try .json(["status": "suspended"])
    },
    .api("POST", "/enrolment/open", .anyOf([.activateSite]), "Opens the study for enrolment.") {
      call in
      try await call.installation.openEnrolment(as: try call.actor)
      return try .json(["status": "enrolling"])
    },
  ]

  // MARK: Reports, lock, result

  static let closing: [Route] = [
    .api(
      "POST", "/reports", .anyOf([.buildInterimReport]), "Builds an interim look.",
      body: [.optional("password")]
    ) { call in
      let actor = try await call.freshActor()
      return try await call.once { (number: Int) in
        try .json(["snapshot": number], status: 201)
      } _: {
        try await $0.buildInterim(
          outsidePlan: actor.trial.mode == TrialMode.training.rawValue, as: actor)
      }
    },
    .api(
      "POST", "/reports/{number}/release", .anyOf([.checkInterimReport]),
      "Releases a look as the second unblinded person.", body: [.optional("password")]
    ) { call in
      guard let number = Int(call.parameter("number")) else { throw ActRefusal.notFound }
      return try await call.once { (_: Void) in
        try .json(["status": "released"])
      } _: {
        try await $0.releaseInterim(number, as: try await call.freshActor())
      }
    },
    .api("GET", "/reports/{number}/open", .anyOf([.readOpenReport]), "The open report.") { call in
      guard let number = Int(call.parameter("number")) else { throw ActRefusal.notFound }
      return try .json(try await call.installation.openReport(number, as: try call.actor))
    },
    .api(
      "GET", "/reports/{number}/closed",
      .anyOf([.readClosedReport, .buildInterimReport]),
      "The closed report, arms as letters."
    ) { call in
      guard let number = Int(call.parameter("number")) else { throw ActRefusal.notFound }
      return try .json(try await call.installation.closedReport(number, as: try call.actor))
    },
    .api(
      "POST", "/lock/plan", .anyOf([.analyse]), "Puts the analysis plan's digest on record.",
      body: [.text("sha256"), .optional("password")]
    ) { call in
      try await call.installation.recordAnalysisPlan(
        digest: JSONBody(call.json)?["sha256"] ?? "", as: try await call.freshActor())
      return try .json(["status": "recorded"])
    },
    .api(
      "POST", "/lock/soft", .anyOf([.softLock]), "Soft lock.", body: [.optional("password")]
    ) { call in
      try await call.once { (_: Void) in
        try .json(["status": "soft_locked"])
      } _: {
        try await $0.softLock(as: try await call.freshActor())
      }
    },
    .api(
      "POST", "/lock/hard", .anyOf([.hardLock]), "Signs the hard lock; the second person makes it.",
      body: [.optional("password")]
    ) { call in
      let isLocked = try await call.installation.hardLock(as: try await call.freshActor())
      return try .json(["status": isLocked ? "hard_locked" : "signed"])
    },
    .api(
      "POST", "/unblinding", .anyOf([.unblind]),
      "Signs the final unblinding; the second person opens the arms.",
      body: [.optional("password")]
    ) { call in
      let isOpen = try await call.installation.unblind(as: try await call.freshActor())
      return try .json(["status": isOpen ? "unblinded" : "signed"])
    },
    .api("GET", "/exports/blinded", .anyOf([.exportBlinded]), "The blinded bundle as an archive.") {
      call in
      let bundle = try await call.installation.exportBlinded(as: try call.actor)
      return .file(bundle.archive, name: bundle.name + ".zip", type: "application/zip")
    }.paced(.export),
    .api(
      "GET", "/exports/unblinded", .anyOf([.exportUnblinded, .analyse]),
      "The unblinded bundle as an archive."
    ) { call in
      let bundle = try await call.installation.exportUnblinded(as: try call.actor)
      return .file(bundle.archive, name: bundle.name + ".zip", type: "application/zip")
    }.paced(.export),
    .api(
      "GET", "/result", .anyOf([.analyse]),
      "The whole result: provenance, hypotheses with sentences, and every part with its tables and traces."
    ) { call in
      .json(try await call.installation.finalAnalysis(as: try call.actor).json)
    },
    .api(
      "GET", "/result/dry-run", .anyOf([.analyse]),
      "The same on invented arms, marked `isDryRun`, before unblinding."
    ) { call in
      .json(try await call.installation.dryRun(as: try call.actor).json)
    },
  ]
}
