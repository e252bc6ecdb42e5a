import Conduct
import Foundation
import Store
import StudyModel

/// The versioned JSON API: every act a page offers, under the same access.
enum APIRoutes {
  static let all: [Route] =
    account + participants + ratings + allocation + study + closing + [
      .api("GET", "/openapi.json", .everybody, "This description.") { _ in
        .json(try APIDescription.text(RouteTable.all))
      },
      .api("GET", "/health", .everybody, "Whether the server and its database answer.") { call in
        _ = try await call.installation.trials()
        return try .json(["status": "ok"])
      },
    ]

  // MARK: Account

  private static let account: [Route] = [
    .api(
      "POST", "/sessions", .everybody, "First factor; gives a token that waits for the code.",
      body: [.text("username"), .text("password")]
    ) { call in
      let body = JSONBody(call.json)
      let opened = try await call.installation.signIn(
        username: body?["username"] ?? "", password: body?["password"] ?? "")
      guard let opened else { throw ActRefusal.authenticationFailed }
      return try .json(["token": Hex.text(opened.token), "stage": "code"], status: 201)
    },
    .api(
      "POST", "/sessions/code", .waiting, "Second factor; gives the token of the session.",
      body: [.text("code")]
    ) { call in
      let opened = try await call.installation.giveCode(
        JSONBody(call.json)?["code"] ?? "", waiting: call.token ?? [])
      guard let opened else { throw ActRefusal.authenticationFailed }
      return try .json(
        ["token": Hex.text(opened.token), "form_token": Hex.text(opened.formToken)], status: 201)
    },
    .api("POST", "/sessions/end", .signedIn, "Ends the session.") { call in
      try await call.installation.signOut(token: call.token ?? [])
      return try .json(["status": "ended"])
    },
    .api("GET", "/me", .signedIn, "Who is signed in, and in which role.") { call in
      guard let session = call.session else { throw ActRefusal.notFound }
      return try .json([
        "username": session.username, "name": session.fullName, "role": session.role ?? "",
        "site": session.site ?? "",
      ])
    },
  ]

  // MARK: Participants

  private static let participants: [Route] = [
    .api(
      "GET", "/participants", .anyOf([.consentParticipant, .enterForms, .openDataQuery]),
      "Participants in reach, 50 a page, after a key."
    ) { call in
      let actor = try call.actor
      guard actor.role.classes.contains(.open) else { throw ActRefusal.notFound }
      let found = try await call.installation.participants(
        after: call.query["after"] ?? "", limit: 50, as: actor)
      return try .json(
        ParticipantList(total: found.total, participants: found.page.map(ParticipantRow.init)))
    },
    .api(
      "POST", "/participants", .anyOf([.consentParticipant]),
      "Enrols a participant with signed consent.",
      body: [
        .text("initials"), .required("birth_year", .integer), .text("sex"),
        .required("consent", .object),
      ]
    ) { call in
      guard let body = JSONBody(call.json) else { throw ActRefusal.notFound }
      let key = try await call.installation.consent(
        ConsentRequest(
          initials: body["initials"] ?? "", birthYear: body.number("birth_year") ?? 0,
          sex: body["sex"] ?? "", consent: try AnswerBody.answers(body.object("consent") ?? [:])),
        as: try call.actor)
      return try .json(["participant": key.text], status: 201)
    },
    .api(
      "GET", "/participants/{participant}",
      .anyOf([.consentParticipant, .enterForms, .openDataQuery]),
      "One participant, as class open knows one."
    ) { call in
      let actor = try call.actor
      guard actor.role.classes.contains(.open) else { throw ActRefusal.notFound }
      return try .json(
        ParticipantRow(try await call.installation.participant(try call.participant(), as: actor)))
    },
    .api(
      "GET", "/participants/{participant}/forms/{form}/{visit}",
      .anyOf([.enterForms, .signForms]), "A form as it stands."
    ) { call in
      let entry = try await call.installation.entry(
        try call.participant(), try call.formID(), try call.visit(), as: try call.actor)
      return .json(try AnswerBody.json(entry))
    },
    .api(
      "POST", "/participants/{participant}/forms/{form}/{visit}", .anyOf([.enterForms]),
      "Saves a form at the version it was read at; faults refuse it whole.",
      body: AnswerBody.members
    ) { call in
      let saved = try await call.installation.saveEntry(
        try call.participant(), try call.formID(), try call.visit(),
        try AnswerBody.submission(call.json), as: try call.actor)
      return try .json(SavedBody(saved))
    },
    .api(
      "POST", "/participants/{participant}/forms/{form}/{visit}/sign", .anyOf([.signForms]),
      "Signs the version of a form with fresh authentication.",
      body: [.required("version", .integer), .optional("password")]
    ) { call in
      let at = try await call.installation.signEntry(
        try call.participant(), try call.formID(), try call.visit(),
        version: JSONBody(call.json)?.number("version") ?? 0, as: try await call.freshActor())
      return try .json(["signed_at": at.description], status: 201)
    },
    .api(
      "POST", "/participants/{participant}/ratings/{visit}", .anyOf([.scheduleRating]),
      "Books a central rating; the rater stays unknown.",
      body: [.text("starts_at"), .optional("language")]
    ) { call in
      let body = JSONBody(call.json)
      guard let starts = try? UTCInstant(parsing: body?["starts_at"] ?? "") else {
        throw ActRefusal.invalid([
          Fault(
            field: "starts_at", code: "bad_instant",
            sentence: "starts_at is an instant such as 2027-01-04T09:30:00Z.")
        ])
      }
      try await call.installation.bookRating(
        try call.participant(), at: try call.visit(), startsAt: starts,
        language: body?["language"] ?? "en", as: try call.actor)
      return try .json(["status": "booked"], status: 201)
    },
    .api(
      "POST", "/participants/{participant}/questionnaires/{form}/{visit}",
      .anyOf([.issueQuestionnaire]), "Makes a one-time questionnaire link."
    ) { call in
      let link = try await call.installation.issueQuestionnaire(
        try call.participant(), try call.formID(), at: try call.visit(), as: try call.actor)
      return try .json(["link": link], status: 201)
    },
    .api(
      "POST", "/questionnaires/{link}", .everybody, "Hands a questionnaire in, finally.",
      body: [.required("answers", .object)]
    ) { call in
      let answers = JSONBody(call.json)?.object("answers") ?? [:]
      try await call.installation.submitQuestionnaire(
        link: call.parameter("link"), try AnswerBody.answers(answers))
      return try .json(["status": "submitted"], status: 201)
    },
    .api(
      "POST", "/participants/{participant}/queries", .anyOf([.openDataQuery]),
      "Opens a data query.",
      body: [
        .text("form"), .text("visit"), .text("field"), .text("text"),
        .optional("blocking", .boolean),
      ]
    ) { call in
      guard let body = JSONBody(call.json), let form = try? FormID(parsing: body["form"] ?? ""),
        let visit = try? VisitCode(parsing: body["visit"] ?? "")
      else { throw ActRefusal.notFound }
      let number = try await call.installation.openQuery(
        try call.participant(), form, visit, field: body["field"] ?? "", text: body["text"] ?? "",
        isBlocking: body.truth("blocking") ?? false, as: try call.actor)
      return try .json(["number": number], status: 201)
    },
    .api(
      "POST", "/queries/{number}/close", .anyOf([.answerDataQuery, .openDataQuery]),
      "Answers and closes a data query.", body: [.text("answer")]
    ) { call in
      guard let number = Int(call.parameter("number")) else { throw ActRefusal.notFound }
      try await call.installation.closeQuery(
        number, answer: JSONBody(call.json)?["answer"] ?? "", as: try call.actor)
      return try .json(["status": "closed"])
    },
    .api(
      "POST", "/participants/{participant}/likeness", .anyOf([.signForms]),
      "Judges a likeness to be another person.", body: [.text("reason")]
    ) { call in
      try await call.installation.resolveLikeness(
        try call.participant(), reason: JSONBody(call.json)?["reason"] ?? "", as: try call.actor)
      return try .json(["status": "judged"])
    },
  ]

  // MARK: Ratings

  private static let ratings: [Route] = [
    .api("GET", "/desk", .anyOf([.rate]), "The rater's tasks, by token.") { call in
      let tasks = try await call.installation.ratingTasks(as: try call.actor)
      return try .json(tasks.map(TaskRow.init))
    },
    .api("GET", "/desk/{token}/{form}", .anyOf([.rate]), "A rating as it stands.") { call in
      let found = try await call.installation.rating(
        try call.assessmentToken(), try call.formID(), as: try call.actor)
      return .json(try AnswerBody.json(found.entry))
    },
    .api(
      "POST", "/desk/{token}/{form}", .anyOf([.rate]), "Saves a rating.", body: AnswerBody.members
    ) { call in
      let saved = try await call.installation.saveRating(
        try call.assessmentToken(), try call.formID(), try AnswerBody.submission(call.json),
        as: try call.actor)
      return try .json(SavedBody(saved))
    },
    .api(
      "POST", "/desk/{token}/record", .anyOf([.rate]),
      "The rater's blinding record, after the ratings.", body: [.required("answers", .object)]
    ) { call in
      try await call.installation.saveBlindingRecord(
        try call.assessmentToken(),
        try AnswerBody.answers(JSONBody(call.json)?.object("answers") ?? [:]), as: try call.actor)
      return try .json(["status": "recorded"], status: 201)
    },
  ]

  // MARK: Allocation

  private static let allocation: [Route] = [
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
        try call.participant(), requestKey: call.requestKey, as: try await call.freshActor())
      return try .json(receipt, status: 201)
    },
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
    },
    .api(
      "GET", "/allocations/{participant}", .anyOf([.acknowledgeAllocation]),
      "The arm of an acknowledged allocation; the reading is audited."
    ) { call in
      let revealed = try await call.installation.readArm(
        of: try call.participant(), as: try call.actor)
      return try .json(ArmRow(revealed))
    },
    .api(
      "POST", "/randomization/draft", .anyOf([.draftRandomization]),
      "Drafts the definition's scheme and commits to seed and scheme.",
      body: [.text("entropy_plan")]
    ) { call in
      try await call.installation.draftRandomization(
        entropyPlan: JSONBody(call.json)?["entropy_plan"] ?? "", as: try call.actor)
      return try .json(["status": "drafted"], status: 201)
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

  private static let study: [Route] = [
    .api("GET", "/sites", .anyOf([.activateSite]), "The sites and their states.") { call in
      try .json(try await call.installation.sites(as: try call.actor).map(SiteRow.init))
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

  private static let closing: [Route] = [
    .api(
      "POST", "/reports", .anyOf([.buildInterimReport]), "Builds an interim look.",
      body: [.optional("password")]
    ) { call in
      let number = try await call.installation.buildInterim(as: try await call.freshActor())
      return try .json(["snapshot": number], status: 201)
    },
    .api(
      "POST", "/reports/{number}/release", .anyOf([.checkInterimReport]),
      "Releases a look as the second unblinded person.", body: [.optional("password")]
    ) { call in
      guard let number = Int(call.parameter("number")) else { throw ActRefusal.notFound }
      try await call.installation.releaseInterim(number, as: try await call.freshActor())
      return try .json(["status": "released"])
    },
    .api("GET", "/reports/{number}/open", .anyOf([.readOpenReport]), "The open report.") { call in
      guard let number = Int(call.parameter("number")) else { throw ActRefusal.notFound }
      return try .json(try await call.installation.openReport(number, as: try call.actor))
    },
    .api(
      "GET", "/reports/{number}/closed",
      .anyOf([.readClosedReport, .buildInterimReport, .checkInterimReport]),
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
      try await call.installation.softLock(as: try await call.freshActor())
      return try .json(["status": "soft_locked"])
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
    },
    .api(
      "GET", "/exports/unblinded", .anyOf([.exportUnblinded, .analyse]),
      "The unblinded bundle as an archive."
    ) { call in
      let bundle = try await call.installation.exportUnblinded(as: try call.actor)
      return .file(bundle.archive, name: bundle.name + ".zip", type: "application/zip")
    },
    .api("GET", "/result", .anyOf([.analyse]), "The primary analysis, a sentence a hypothesis.") {
      call in
      let found = try await call.installation.finalAnalysis(as: try call.actor)
      return try .json(ResultBody(found.analysis, fingerprint: found.fingerprint))
    },
  ]
}
