import Conduct
import Datasets
import Foundation
import Store
import StudyModel

/// The versioned JSON API: every act a page offers, under the same access.
enum APIRoutes {
  /// A casebook as a file, the same from its page and over the API.
  static func copy(_ call: Call, for variant: CSVText.Variant = .exact) async throws -> Answer {
    let copy = try await call.installation.copyCasebook(
      of: try call.participant(), for: variant, as: try call.actor)
    return .file(
      Array(copy.csv.utf8), name: "casebook-\(copy.participant)" + variant.suffix,
      type: "text/csv; charset=utf-8")
  }

  static let all: [Route] =
    account + participants + capture + dataQueries + safety + amending + TextRoutes.api + ratings
    + allocation
    + disclosure
    + schemes + planning
    + study + closing + [
      .api("GET", "/openapi.json", .everybody, "This description.") { _ in
        .json(try APIDescription.text(RouteTable.all))
      },
      .api(
        "GET", "/health", .everybody,
        "Whether the server and its database answer, whether the key is here, and whether ledgers are whole."
      ) { call in
        let health = try await call.installation.health()
        let isWhole =
          health.key == .present && health.failedLedgers == 0 && health.clock != .blocked
        return try .json([
          "status": isWhole ? "ok" : "limited", "key": health.key.rawValue,
          "ledgers": HealthPage.word(health), "clock": health.clock?.rawValue ?? "not compared",
        ])
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
        username: body?["username"] ?? "", password: body?["password"] ?? "",
        from: call.address)
      guard let opened else { throw ActRefusal.authenticationFailed }
      return try .json(["token": Hex.text(opened.token), "stage": "code"], status: 201)
    }.once(.notKeyed),
    .api(
      "POST", "/sessions/code", .waiting, "Second factor; gives the token of the session.",
      body: [.text("code")]
    ) { call in
      let opened = try await call.installation.giveCode(
        JSONBody(call.json)?["code"] ?? "", waiting: call.token ?? [], from: call.address)
      guard let opened else { throw ActRefusal.authenticationFailed }
      return try .json(
        ["token": Hex.text(opened.token), "form_token": Hex.text(opened.formToken)], status: 201)
    }.once(.notKeyed),
    .api(
      "POST", "/sessions/confirm", .signedIn,
      "Gives the password again, with a one-time code or a passkey where an act takes both; fresh for five minutes.",
      body: [
        .text("password"), .optional("code"), .optional("passkey_id"),
        .optional("passkey_client"), .optional("passkey_data"), .optional("passkey_signature"),
      ]
    ) { call in
      guard let session = call.session else { throw ActRefusal.notFound }
      let body = JSONBody(call.json)
      try await call.installation.confirmPassword(
        body?["password"] ?? "", code: body?["code"] ?? "", passkey: try call.passkeyProof(),
        user: session.user, token: call.token)
      return try .json(["status": "confirmed"])
    }.once(.notKeyed),
    .api("POST", "/sessions/end", .signedIn, "Ends the session.") { call in
      try await call.installation.signOut(token: call.token ?? [])
      return try .json(["status": "ended"])
    }.once(.notKeyed),
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
      "GET", "/participants", ParticipantRoutes.readers,
      "Participants in reach, 50 a page, after a key."
    ) { call in
      let actor = try call.actor
      guard actor.knowsParticipants else { throw ActRefusal.notFound }
      let found = try await call.installation.participants(
        after: call.query["after"] ?? "", limit: 50, as: actor)
      return try .json(
        ParticipantList(
          total: found.total, participants: found.page.map { ParticipantRow($0, to: actor) }))
    }.brief,
    .api(
      "POST", "/participants", .anyOf([.consentParticipant]),
      "Enrols a participant with signed consent.",
      body: [
        .text("initials"), .required("birth_year", .integer), .text("sex"),
        .required("consent", .object),
      ]
    ) { call in
      guard let body = JSONBody(call.json) else { throw ActRefusal.notFound }
      let request = ConsentRequest(
        initials: body["initials"] ?? "", birthYear: body.number("birth_year") ?? 0,
        sex: body["sex"] ?? "", consent: try AnswerBody.answers(body.object("consent") ?? [:]))
      return try await call.once { (key: ParticipantKey) in
        try .json(["participant": key.text], status: 201)
      } _: {
        try await $0.consent(request, as: try call.actor)
      }
    }.paced(.search),
    .api(
      "GET", "/participants/{participant}/copy.csv", .anyOf([.readAudit]),
      "Everything the caller may know of a participant, with every change and signature; the copy is on record."
    ) { call in try await copy(call) },
    .api(
      "GET", "/participants/{participant}",
      ParticipantRoutes.readers,
      "One participant, as class open knows one."
    ) { call in
      let actor = try call.actor
      guard actor.knowsParticipants else { throw ActRefusal.notFound }
      return try .json(
        ParticipantRow(
          try await call.installation.participant(try call.participant(), as: actor), to: actor))
    },
    .api(
      "GET", "/participants/{participant}/lifecycles",
      ParticipantRoutes.readers,
      "The lifecycles of the caller's classes whose state follows from what is recorded, such as treatment."
    ) { call in
      let actor = try call.actor
      guard actor.knowsParticipants else { throw ActRefusal.notFound }
      return try .json(
        try await call.installation.lifecycles(of: try call.participant(), as: actor)
          .map(LifecycleRow.init))
    },
    .api(
      "GET", "/participants/{participant}/ratings/{visit}", .anyOf([.scheduleRating]),
      "The times that are offered for a central rating."
    ) { call in
      try .json(
        RatingOfferBody(
          try await call.installation.ratingOffer(
            for: try call.participant(), at: try call.visit(), as: try call.actor)))
    },
    .api(
      "POST", "/participants/{participant}/ratings/{visit}", .anyOf([.scheduleRating]),
      "Books a central rating at a time that is offered; the rater stays unknown.",
      body: [.text("starts_at"), .optional("language")]
    ) { call in
      let body = JSONBody(call.json)
      let starts = try startsAt(body)
      return try await call.once { (_: Void) in
        try .json(["status": "booked"], status: 201)
      } _: {
        try await $0.bookRating(
          try call.participant(), at: try call.visit(), startsAt: starts,
          language: body?["language"] ?? "en", as: try call.actor)
      }
    },
    .api(
      "GET", "/participants/{participant}/ratings/{visit}/booking", .anyOf([.scheduleRating]),
      "What is booked for a visit: time and language, and whether it can still be moved or cancelled."
    ) { call in
      let booking = try await call.installation.ratingBooking(
        of: try call.participant(), at: try call.visit(), as: try call.actor)
      guard let booking else { throw ActRefusal.notFound }
      return try .json(RatingBookingBody(booking))
    },
    .api(
      "POST", "/participants/{participant}/ratings/{visit}/move", .anyOf([.scheduleRating]),
      "Moves a booked rating to another time that is offered; a rater is drawn anew and stays unknown.",
      body: [.text("starts_at"), .text("reason"), .optional("language")]
    ) { call in
      let body = JSONBody(call.json)
      let starts = try startsAt(body)
      return try await call.once { (_: Void) in
        try .json(["status": "moved"], status: 201)
      } _: {
        try await $0.moveRating(
          try call.participant(), at: try call.visit(), to: starts,
          language: body?["language"] ?? "en", reason: body?["reason"] ?? "", as: try call.actor)
      }
    },
    .api(
      "POST", "/participants/{participant}/ratings/{visit}/cancel", .anyOf([.scheduleRating]),
      "Cancels a booked rating that has not begun.", body: [.text("reason")]
    ) { call in
      let reason = JSONBody(call.json)?["reason"] ?? ""
      return try await call.once { (_: Void) in
        try .json(["status": "cancelled"], status: 201)
      } _: {
        try await $0.cancelRating(
          try call.participant(), at: try call.visit(), reason: reason, as: try call.actor)
      }
    },
    .api(
      "POST", "/participants/{participant}/ratings/{visit}/call-link", .anyOf([.scheduleRating]),
      "Says where the call of a booked rating is joined; an empty text takes it away.",
      body: [.text("call_link")]
    ) { call in
      let link = JSONBody(call.json)?["call_link"] ?? ""
      return try await call.once { (_: Void) in
        try .json(["status": "given"], status: 201)
      } _: {
        try await $0.giveCallLink(
          link, for: try call.participant(), at: try call.visit(), as: try call.actor)
      }
    },
    .api(
      "POST", "/participants/{participant}/questionnaires/{form}/{visit}",
      .anyOf([.issueQuestionnaire]),
      "Makes a one-time questionnaire link; with mode PHONE for who reads it out on the telephone.",
      body: [.optional("mode")]
    ) { call in
      let mode = JSONBody(call.json)?["mode"] ?? "SELF"
      guard ["SELF", "PHONE"].contains(mode) else {
        throw ActRefusal.invalid([
          Fault(
            field: "mode", code: "bad_mode",
            sentence: "mode is SELF or PHONE. No link was made.")
        ])
      }
      return try await call.once { (link: String) in
        try .json(["link": link], status: 201)
      } _: {
        try await $0.issueQuestionnaire(
          try call.participant(), try call.formID(), at: try call.visit(),
          isReadOut: mode == "PHONE", as: try call.actor)
      }
    },
    .api(
      "GET", "/questionnaires/waiting", .anyOf([.issueQuestionnaire]),
      "Questionnaires sent and not answered, oldest first: sent, reminder_due or lapsed."
    ) { call in
      try .json(
        try await call.installation.waitingQuestionnaires(as: try call.actor)
          .map(WaitingQuestionnaire.init))
    },
    .api(
      "POST", "/questionnaires/{link}", .everybody, "Hands a questionnaire in, finally.",
      body: [.required("answers", .object), .optional("seconds", .object)]
    ) { call in
      let answers = JSONBody(call.json)?.object("answers") ?? [:]
      let seconds = try AnswerBody.seconds(JSONBody(call.json)?.object("seconds") ?? [:])
      let visitor = try await call.visitor()
      return try await call.once { (_: Void) in
        try .json(["status": "submitted"], status: 201)
      } _: {
        try await $0.submitQuestionnaire(
          link: call.parameter("link"), try AnswerBody.answers(answers), seconds: seconds,
          by: visitor)
      }
    },
    .api(
      "POST", "/participants/{participant}/identity", IdentityPage.readers,
      "Who a participant of the own site is; the purpose is on record.", body: [.text("purpose")]
    ) { call in
      try .json(
        IdentityBody(
          try await call.installation.identity(
            of: try call.participant(), purpose: JSONBody(call.json)?["purpose"] ?? "",
            as: try call.actor)))
    }.once(.keyedUnkept),
    .api(
      "POST", "/participants/{participant}/identity/record", .anyOf([.enterForms]),
      "Records who a participant of the own site is, or corrects it at the version read.",
      body: AnswerBody.members
    ) { call in
      let submission = try AnswerBody.submission(call.json)
      return try .json(
        SavedBody(
          try await call.installation.recordIdentity(
            of: try call.participant(), submission.answers, expected: submission.expectedVersion,
            reason: submission.reason, as: try call.actor)))
    }.once(.keyedUnkept),
    .api(
      "GET", "/transfers", .anyOf([.consentParticipant]),
      "Participants offered from and to the own site, the open offers first."
    ) { call in
      try .json(
        try await call.installation.transfers(as: try call.actor).map(TransferBody.init))
    },
    .api(
      "POST", "/participants/{participant}/transfer", .anyOf([.consentParticipant]),
      "Offers a participant of the own site to another.", body: [.text("site"), .text("reason")]
    ) { call in
      try await call.once { (_: Void) in
        try .json(["status": "offered"], status: 201)
      } _: {
        let body = JSONBody(call.json)
        try await $0.offerTransfer(
          of: try call.participant(), to: body?["site"] ?? "", reason: body?["reason"] ?? "",
          as: try call.actor)
      }
    },
    .api(
      "POST", "/participants/{participant}/transfer/decision", .anyOf([.consentParticipant]),
      "Decides on an offer: `accepted` or `declined` by the receiving site, `withdrawn` by the other.",
      body: [.text("decision")]
    ) { call in
      let decision = try TransferBody.decision(JSONBody(call.json)?["decision"] ?? "")
      return try await call.once { (_: Void) in
        try .json(["status": decision.rawValue])
      } _: {
        try await $0.decideTransfer(of: try call.participant(), decision, as: try call.actor)
      }
    },
    .api(
      "POST", "/participants/{participant}/likeness", .anyOf([.signForms]),
      "Judges a likeness to be another person.", body: [.text("reason")]
    ) { call in
      try await call.once { (_: Void) in
        try .json(["status": "judged"])
      } _: {
        try await $0.resolveLikeness(
          try call.participant(), reason: JSONBody(call.json)?["reason"] ?? "", as: try call.actor)
      }
    },
  ]

  // MARK: Ratings

  private static func startsAt(_ body: JSONBody?) throws(ActRefusal) -> UTCInstant {
    guard let starts = try? UTCInstant(parsing: body?["starts_at"] ?? "") else {
      throw .invalid([
        Fault(
          field: "starts_at", code: "bad_instant",
          sentence: "starts_at is an instant such as 2027-01-04T09:30:00Z.")
      ])
    }
    return starts
  }

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
      try await call.once { (saved: SavedEntry) in
        try .json(SavedBody(saved))
      } _: {
        try await $0.saveRating(
          try call.assessmentToken(), try call.formID(), try AnswerBody.submission(call.json),
          as: try call.actor)
      }
    },
    .api(
      "POST", "/desk/{token}/record", .anyOf([.rate]),
      "The rater's blinding record, after the ratings.", body: [.required("answers", .object)]
    ) { call in
      try await call.once { (_: Void) in
        try .json(["status": "recorded"], status: 201)
      } _: {
        try await $0.saveBlindingRecord(
          try call.assessmentToken(),
          try AnswerBody.answers(JSONBody(call.json)?.object("answers") ?? [:]),
          as: try call.actor)
      }
    },
  ]
}
