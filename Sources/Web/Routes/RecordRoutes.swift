import Conduct
import Pages
import Store
import StudyModel

/// The record: the audit trail, its reviews, and what a signature needs.
enum RecordRoutes {
  static let all: [Route] = audit + signatures + removals + batches + api

  private static let readers = Access.anyOf([.readAudit])

  private static let owners = Access.anyOf([.readOwnAudit])

  private static let audit: [Route] = [
    .page("/audit", readers, "The audit trail with its filters.") { call in
      .page(try await AuditPages.page(call).page())
    }.paced(.search),
    .page("/audit/own", owners, "What is on record of the caller's own entries.") { call in
      .page(try await AuditPages.own(call).page())
    }.paced(.search),
    .page("/audit/files", readers, "The rows of a filter as files, with digests.") { call in
      .page(try await AuditPages.files(call).page())
    }.paced(.export),
    .page("/audit/file.csv", readers, "The rows of a filter as CSV.") { call in
      try await AuditPages.download(call, form: try SpreadsheetQuery.auditTable(of: call))
    }.paced(.export),
    .page("/audit/file.jsonl", readers, "The rows of a filter as JSON lines.") { call in
      try await AuditPages.download(call, form: .lines)
    }.paced(.export),
    .page("/audit/reviews", readers, "Signed reviews of the audit trail.") { call in
      .page(try await AuditPages.reviews(call).page())
    },
    .page("/audit/reviews/new", readers, "Asks for a review of the audit trail.") { call in
      .page(try await AuditPages.newReview(call).page())
    },
    .act("/audit/reviews/new", readers, "Signs a review of the audit trail.") { call in
      try await AuditPages.signReview(call)
    },
  ]

  private static let signatures: [Route] = [
    .page("/signature", .signedIn, "What a signature means and needs.") { call in
      .page(try await SignaturePages.own(call).page())
    },
    .act("/signature", .signedIn, "Acknowledges accountability for signatures.") { call in
      try await SignaturePages.acknowledge(call)
    },
    .page("/accounts/{user}/identity", .anyOf([.manageAccounts]), "How an identity was verified.") {
      call in
      .page(try await SignaturePages.identity(call).page())
    },
    .act(
      "/accounts/{user}/identity", .anyOf([.manageAccounts]),
      "Records how an identity was verified."
    ) { call in
      try await SignaturePages.verify(call)
    },
  ]

  private static let removers = Access.anyOf([.freezeForms, .signForms])

  private static let removals: [Route] =
    CaptureRoutes.forms.flatMap(asking) + ofDeviations + ofActs + [
      .page("/removals", removers, "Removed personal data, and requests to remove them.") { call in
        .page(try await RemovalPages.list(call).page())
      },
      .page("/removals/{number}", removers, "One removal, to confirm.") { call in
        .page(try await RemovalPages.one(call).page())
      },
      .act("/removals/{number}", removers, "Confirms a removal of personal data.") { call in
        try await RemovalPages.confirm(call)
      },
      .api(
        "POST", "/removals/{number}/confirm", removers, "Confirms a removal as the second person.",
        body: [.optional("password")]
      ) { call in
        guard let name = RemovalName(call.parameter("number")) else { throw ActRefusal.notFound }
        return try await call.once { (_: Void) in
          try .json(["status": "removed"])
        } _: {
          try await $0.confirmRemoval(
            name.number, in: name.dataClass, as: try await call.freshActor())
        }
      },
    ]

  private static let ofDeviations: [Route] = [
    .page(
      "/deviations/{participant}/{number}/removal", removers,
      "Asks for the removal of personal data in the words of a deviation."
    ) { call in
      .page(try await RemovalPages.requestOfDeviation(call).page())
    },
    .act(
      "/deviations/{participant}/{number}/removal", removers,
      "Records the request to remove the words of a deviation.", RemovalPages.askOfDeviation),
    .api(
      "POST", "/participants/{participant}/deviations/{number}/removal", removers,
      "Asks that the words of a deviation be removed.", body: [.text("reason")]
    ) { call in
      guard let name = DeviationName(call.parameter("number")) else { throw ActRefusal.notFound }
      let key = try call.participant()
      return try await call.once { (number: Int) in
        try .json(["number": number], status: 201)
      } _: {
        try await $0.askRemoval(
          ofDeviation: name.number, of: key, in: name.dataClass,
          reason: JSONBody(call.json)?["reason"] ?? "", as: try call.actor)
      }
    },
  ]

  private static let ofActs: [Route] = [
    .page(
      "/audit/{class}/{number}/removal", removers,
      "Asks for the removal of personal data in the words of an act."
    ) { call in
      .page(try await RemovalPages.requestOfAct(call).page())
    }.paced(.search),
    .act(
      "/audit/{class}/{number}/removal", removers,
      "Records the request to remove the words of an act.", RemovalPages.askOfAct),
    .api(
      "POST", "/audit/{class}/{number}/removal", removers,
      "Asks that the words of an act be removed, by the number of its row in the caller's audit trail.",
      body: [.text("reason")]
    ) { call in
      let (dataClass, row) = try RemovalPages.act(call)
      return try await call.once { (number: Int) in
        try .json(["number": number], status: 201)
      } _: {
        try await $0.askRemoval(
          ofActIn: row, in: dataClass, reason: JSONBody(call.json)?["reason"] ?? "",
          as: try call.actor)
      }
    },
  ]

  private static func asking(at form: String) -> [Route] {
    [
      .page(form + "/removal", removers, "Asks for the removal of personal data.") { call in
        .page(try await RemovalPages.request(call).page())
      },
      .act(form + "/removal", removers, "Records the request to remove personal data.") { call in
        try await RemovalPages.ask(call)
      },
      .api(
        "POST", form + "/removal", removers,
        "Asks that the value of a field, the texts of a data query (such as query-3) or the reasons given with a "
          + "version (such as reasons-2) be removed.",
        body: [.text("field"), .text("reason")]
      ) { call in
        let place = try EntryPlace(call)
        let body = JSONBody(call.json)
        return try await call.once { (number: Int) in
          try .json(["number": number], status: 201)
        } _: {
          try await RemovalPages.ask(
            $0, body?["field"] ?? "", place, body?["reason"] ?? "", try call.actor)
        }
      },
    ]
  }

  private static let batches: [Route] = [
    .page(
      "/participants/{participant}/sign", .anyOf([.signForms]), "Forms that wait for a signature."
    ) { call in
      .page(try await BatchSigningPage.show(call).page())
    },
    .act(
      "/participants/{participant}/sign", .anyOf([.signForms]), "Signs several forms in one act."
    ) { call in
      try await BatchSigningPage.sign(call)
    },
    .api(
      "POST", "/participants/{participant}/sign", .anyOf([.signForms]),
      "Signs several forms in one act, all or none; records such as “ELIG@SCR#1:2 ICF@SCR#1:1”.",
      body: [.text("records"), .optional("password")]
    ) { call in
      let key = try call.participant()
      let orders = try BatchSigningPage.orders(
        (JSONBody(call.json)?["records"] ?? "").split(separator: " ").map(String.init), of: key)
      return try await call.once { (count: Int) in
        try .json(["signed": count], status: 201)
      } _: {
        try await $0.signEntries(orders, of: key, as: try await call.freshActor())
      }
    },
  ]

  struct StandingBody: Codable {
    let identityVerifiedAt: String?
    let identityMethod: String?
    let acknowledgedAt: String?
    let acknowledgedText: String?
    let presentText: [String]
    let presentVersion: String

    init(_ standing: SignerStanding) {
      identityVerifiedAt = standing.identityAt?.description
      identityMethod = standing.identityMethod
      acknowledgedAt = standing.acknowledgedAt?.description
      acknowledgedText = standing.textVersion
      presentText = Accountability.text
      presentVersion = Accountability.version
    }
  }

  struct OwnChangeBody: Codable {
    let number: Int
    let at: String
    let object: String
    let action: String
    let field: String
    let old: String?
    let new: String?
    let reason: String

    init(_ row: AuditRow) {
      number = Int(row.number)
      at = row.at.description
      object = row.object
      action = row.action
      field = row.field
      old = row.old
      new = row.new
      reason = row.reason
    }
  }

  struct AuditReviewBody: Codable {
    let number: Int
    let name: String
    let from: String
    let until: String
    let scope: String
    let findings: String
    let meaning: String
    let digest: String
    let at: String

    init(_ review: AuditReview) {
      number = review.number
      name = review.name
      from = review.from.description
      until = review.until.description
      scope = review.scope
      findings = review.findings
      meaning = review.meaning
      digest = Hex.text(review.digest)
      at = review.at.description
    }
  }

  private static let api: [Route] = [
    .api(
      "GET", "/audit", readers,
      "The audit trail as JSON lines; ?class, participant, user, from, through, question filter it."
    ) { call in
      try await AuditPages.file(call, form: .lines)
    }.paced(.export),
    .api(
      "GET", "/audit/own", owners,
      "What is on record of the caller's own entries; a rater's are named by token."
    ) { call in
      try .json(
        try await call.installation.ownTrail(as: try call.actor).map(OwnChangeBody.init))
    }.paced(.search),
    .api("GET", "/audit/reviews", readers, "Signed reviews of the audit trail by the role.") {
      call in
      try .json(
        try await call.installation.auditReviews(as: try call.actor).map(AuditReviewBody.init))
    },
    .api(
      "POST", "/audit/reviews", readers, "Signs a review of the audit trail.",
      body: [
        .text("from"), .text("through"), .text("scope"), .text("findings"), .optional("password"),
      ]
    ) { call in
      guard let body = JSONBody(call.json) else { throw ActRefusal.notFound }
      func day(_ name: String) throws -> CalendarDate {
        guard let day = try? CalendarDate(parsing: body[name] ?? "") else {
          throw ActRefusal.invalid([
            Conduct.Fault(field: name, code: "bad_date", sentence: "Write the day as 2027-01-31.")
          ])
        }
        return day
      }
      let (from, through) = (try day("from"), try day("through"))
      return try await call.once { (number: Int) in
        try .json(["number": number], status: 201)
      } _: {
        try await $0.signAuditReview(
          from: from, through: through, scope: body["scope"] ?? "",
          findings: body["findings"] ?? "", as: try await call.freshActor())
      }
    },
    .api("GET", "/signature", .signedIn, "Whether the caller may sign.") { call in
      try .json(
        StandingBody(try await call.installation.signerStanding(of: try call.actor.user)))
    },
    .api(
      "POST", "/signature", .signedIn, "The caller acknowledges accountability for signatures.",
      body: [.optional("password")]
    ) { call in
      let actor = try await call.freshActor()
      try await call.installation.acknowledgeAccountability(as: actor)
      return try .json(
        StandingBody(try await call.installation.signerStanding(of: actor.user)), status: 201)
    },
    .api(
      "POST", "/accounts/{user}/identity", .anyOf([.manageAccounts]),
      "Records how a person's identity was verified.",
      body: [.text("method")] + .proofs
    ) { call in
      let actor = try await call.freshActor()
      let holder = try await SignaturePages.holder(call)
      try await call.installation.recordIdentityCheck(
        of: holder.user, method: JSONBody(call.json)?["method"] ?? "", as: actor)
      return try .json(
        StandingBody(try await call.installation.signerStanding(of: holder.user)), status: 201)
    },
  ]
}
