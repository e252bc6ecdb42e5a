import Conduct
import Foundation
import Store
import StudyModel

/// Forms over the API: entry, drafts, source verification, freezing, repeats and data queries.
///
/// `?number=2` names a repeat of a form that repeats, `?number=new` a new one.
extension APIRoutes {
  private static let writers = Access.anyOf([.enterForms])
  private static let readers = Access.anyOf([.enterForms, .signForms, .openDataQuery, .readForms])

  static let capture: [Route] =
    CaptureRoutes.forms.flatMap(entry) + corrections + [
      .api(
        "GET", "/participants/{participant}/forms/{form}/{visit}/planned",
        readers,
        "The planned repeats of a form at a visit that were not handed in, in order."
      ) { call in
        let found = try await call.installation.repeats(
          of: try call.formID(), at: try call.visit(), try call.participant(), as: try call.actor)
        return try .json(["missing": found.missing])
      },
      .api(
        "GET", "/site-forms", ParticipantRoutes.readers,
        "The forms about sites in reach, with how much was entered."
      ) { call in
        try .json(
          try await call.installation.siteForms(as: try call.actor).map(SiteFormBody.init))
      },
      .api(
        "GET", "/samples", ParticipantRoutes.readers,
        "The records drawn at random to be looked at, those without a review first."
      ) { call in
        try .json(
          try await call.installation.samples(as: try call.actor).flatMap { found in
            found.records.map { SampledRecordBody($0, of: found.sample) }
          })
      },
      .api(
        "GET", "/sites/{site}/forms/{form}/stock", ParticipantRoutes.readers,
        "The kits of a site by where they are, from its accountability form."
      ) { call in
        guard case .site(let site) = try call.subject() else { throw ActRefusal.notFound }
        return try .json(
          StockBody(
            try await call.installation.stock(
              of: try call.formID(), at: site, as: try call.actor)))
      },
    ]

  private static func entry(at form: String) -> [Route] {
    [
      .api(
        "GET", form, readers,
        "A form as it stands; ?number=2 names a repeat."
      ) { call in
        let place = try EntryPlace(call)
        let entry = try await call.installation.readEntry(
          place.key, place.form, place.visit, number: place.number, as: try call.actor
        ).entry
        return .json(try AnswerBody.json(entry))
      },
      .api(
        "POST", form, writers,
        "Saves a form at the version it was read at; faults refuse it whole. ?number=new adds a repeat.",
        body: AnswerBody.members
      ) { call in
        let place = try EntryPlace(call)
        let submission = try AnswerBody.submission(call.json)
        do {
          return try await call.once { (saved: SavedEntry) in
            try .json(SavedBody(saved))
          } _: {
            try await $0.saveEntry(
              place.key, place.form, place.visit, number: place.number, submission,
              as: try call.actor)
          }
        } catch ActRefusal.stale {
          let file = try await call.installation.entryFile(
            place.key, place.form, place.visit, number: place.number, as: try call.actor)
          return try .json(
            ConflictBody(
              file.conflict(with: submission.answers, readAt: submission.expectedVersion)),
            status: 412)
        }
      },
      .api(
        "POST", form + "/sign", .anyOf([.signForms]),
        "Signs the version of a form with fresh authentication.",
        body: [.required("version", .integer), .optional("password")]
      ) { call in
        let place = try EntryPlace(call)
        return try await call.once { (at: UTCInstant) in
          try .json(["signed_at": at.description], status: 201)
        } _: {
          try await $0.signEntry(
            place.key, place.form, place.visit, number: place.number,
            version: JSONBody(call.json)?.number("version") ?? 0, as: try await call.freshActor())
        }
      },
      .api(
        "GET", form + "/history", readers,
        "Every version of a form with its reason, and its verifications."
      ) { call in
        let place = try EntryPlace(call)
        let file = try await call.installation.entryFile(
          place.key, place.form, place.visit, number: place.number, as: try call.actor)
        return try .json(HistoryBody(file))
      },
      .api(
        "GET", form + "/all", readers,
        "The repeats of a form, voided ones included."
      ) { call in
        let place = try EntryPlace(call)
        let found = try await call.installation.repeats(
          of: place.form, at: place.visit, place.key, as: try call.actor)
        return try .json(found.entries.map(RepeatRow.init))
      },
      .api("GET", form + "/draft", writers, "The caller's own draft of a form.") { call in
        let place = try EntryPlace(call)
        let file = try await call.installation.entryFile(
          place.key, place.form, place.visit, number: place.number, as: try call.actor)
        guard let draft = file.draft else { throw ActRefusal.notFound }
        return try .json(DraftBody(draft))
      },
      .api(
        "POST", form + "/draft", writers,
        "Keeps what was typed, by box, for the caller alone; no data, and gone with the next save.",
        body: [.required("typed", .object), .required("version", .integer)]
      ) { call in
        let place = try EntryPlace(call)
        let body = JSONBody(call.json)
        let typed = try DraftBody.typed(body?.object("typed") ?? [:])
        return try await call.once { (at: UTCInstant) in
          try .json(["kept_at": at.description])
        } _: {
          try await $0.keepDraft(
            place.key, place.form, place.visit, number: place.number,
            version: body?.number("version") ?? 0, typed: typed, as: try call.actor)
        }
      },
      .api("POST", form + "/discard", writers, "Removes the caller's own draft.") { call in
        let place = try EntryPlace(call)
        return try await call.once { (_: Void) in
          try .json(["status": "removed"])
        } _: {
          try await $0.discardDraft(
            place.key, place.form, place.visit, number: place.number, as: try call.actor)
        }
      },
      .api(
        "POST", form + "/void", writers, "Voids a repeat entered in error.",
        body: [.required("version", .integer), .text("reason")]
      ) { call in
        let place = try EntryPlace(call)
        let body = JSONBody(call.json)
        return try await call.once { (version: Int) in
          try .json(["version": version])
        } _: {
          try await $0.voidEntry(
            place.key, place.form, place.visit, number: place.number,
            version: body?.number("version") ?? 0, reason: body?["reason"] ?? "",
            as: try call.actor)
        }
      },
      .api(
        "POST", form + "/verify", .anyOf([.verifySource]),
        "Records that a form agrees with its source; fields are names with commas, none for the whole.",
        body: [.required("version", .integer), .optional("fields")]
      ) { call in
        let place = try EntryPlace(call)
        let body = JSONBody(call.json)
        let fields = try (body?["fields"] ?? "").split(separator: ",").map { name in
          guard let field = try? FieldID(parsing: String(name)) else { throw ActRefusal.notFound }
          return field
        }
        return try await call.once { (at: UTCInstant) in
          try .json(["verified_at": at.description], status: 201)
        } _: {
          try await $0.verifySource(
            place.key, place.form, place.visit, number: place.number,
            version: body?.number("version") ?? 0, fields: fields, as: try call.actor)
        }
      },
      .api(
        "POST", form + "/freeze", .anyOf([.freezeForms]), "Closes a form for changes.",
        body: [.required("version", .integer)]
      ) { call in
        let place = try EntryPlace(call)
        return try await call.once { (_: Void) in
          try .json(["status": "frozen"])
        } _: {
          try await $0.freezeEntry(
            place.key, place.form, place.visit, number: place.number,
            version: JSONBody(call.json)?.number("version") ?? 0, as: try call.actor)
        }
      },
      .api(
        "POST", form + "/unfreeze", .anyOf([.freezeForms]), "Opens a frozen form again.",
        body: [.required("version", .integer), .text("reason")]
      ) { call in
        let place = try EntryPlace(call)
        let body = JSONBody(call.json)
        return try await call.once { (_: Void) in
          try .json(["status": "open"])
        } _: {
          try await $0.unfreezeEntry(
            place.key, place.form, place.visit, number: place.number,
            version: body?.number("version") ?? 0, reason: body?["reason"] ?? "",
            as: try call.actor)
        }
      },
    ]
  }

  // MARK: Corrections

  private static let corrections: [Route] = [
    .api(
      "GET", "/participants/{participant}/forms/{form}/{visit}/corrections", readers,
      "Signed corrections beside what was reported, void ones included, for who reads the whole form."
    ) { call in
      let place = try EntryPlace(call)
      let file = try await call.installation.entryFile(
        place.key, place.form, place.visit, number: place.number, as: try call.actor)
      return try .json(file.corrections.map(CorrectionBody.init))
    },
    .api(
      "POST", "/participants/{participant}/forms/{form}/{visit}/corrections",
      .anyOf([.correctReported]),
      "Signs a correction beside what a participant or rater reported, which is not changed by it.",
      body: [
        .required("version", .integer), .text("field"), .text("value"), .text("reason"),
        .text("evidence"), .optional("password"),
      ]
    ) { call in
      let place = try EntryPlace(call)
      guard let body = JSONBody(call.json), let field = try? FieldID(parsing: body["field"] ?? "")
      else { throw ActRefusal.notFound }
      return try await call.once { (number: Int) in
        try .json(["number": number], status: 201)
      } _: {
        try await $0.correctReported(
          try call.participant(), place.form, place.visit, number: place.number,
          version: body.number("version") ?? 0,
          ReportedCorrection(
            field: field, value: body["value"] ?? "", reason: body["reason"] ?? "",
            evidence: body["evidence"] ?? ""), as: try await call.freshActor())
      }
    },
  ]

  // MARK: Data queries

  private static let queryReaders = Access.anyOf([.answerDataQuery, .openDataQuery])

  static let dataQueries: [Route] = [
    .api(
      "POST", "/sites/{site}/queries", .anyOf([.openDataQuery]),
      "Opens a data query on a form about a site; an empty field stands for the form as a whole.",
      body: [.text("form"), .text("field"), .text("text"), .optional("number", .integer)]
    ) { call in
      guard let body = JSONBody(call.json), let form = try? FormID(parsing: body["form"] ?? "")
      else { throw ActRefusal.notFound }
      return try await call.once { (number: Int) in
        try .json(["number": number], status: 201)
      } _: {
        try await $0.openQuery(
          try call.subject(), form, .site, number: body.number("number") ?? 1,
          field: body["field"] ?? "", text: body["text"] ?? "", isBlocking: false,
          as: try call.actor)
      }
    },
    .api(
      "POST", "/participants/{participant}/queries", .anyOf([.openDataQuery]),
      "Opens a data query; an empty field stands for the form as a whole.",
      body: [
        .text("form"), .text("visit"), .text("field"), .text("text"),
        .optional("number", .integer), .optional("blocking", .boolean),
      ]
    ) { call in
      guard let body = JSONBody(call.json), let form = try? FormID(parsing: body["form"] ?? ""),
        let visit = try? VisitCode(parsing: body["visit"] ?? "")
      else { throw ActRefusal.notFound }
      return try await call.once { (number: Int) in
        try .json(["number": number], status: 201)
      } _: {
        try await $0.openQuery(
          try call.participant(), form, visit, number: body.number("number") ?? 1,
          field: body["field"] ?? "", text: body["text"] ?? "",
          isBlocking: body.truth("blocking") ?? false, as: try call.actor)
      }
    },
    .api(
      "GET", "/queries", queryReaders,
      "The data queries that are not closed, of the classes in reach."
    ) { call in
      let actor = try call.actor
      guard !actor.entryClasses.isEmpty else { throw ActRefusal.notFound }
      let now = call.installation.clock.now
      return try .json(
        try await call.installation.openQueries(as: actor).map { OpenQueryRow($0, now: now) })
    },
    .api("GET", "/queries/{number}", queryReaders, "One data query with its thread.") { call in
      guard let query = QueryAddress(call.parameter("number")) else { throw ActRefusal.notFound }
      let file = try await call.installation.query(query, as: try call.actor)
      return try .json(QueryThreadBody(file, now: call.installation.clock.now))
    },
    .api(
      "POST", "/queries/{number}/answer", .anyOf([.answerDataQuery]),
      "Answers a data query, such as 3 or outcome-3; who asked closes it or asks again.",
      body: [.text("answer")]
    ) { call in
      guard let query = QueryAddress(call.parameter("number")) else { throw ActRefusal.notFound }
      return try await call.once { (_: Void) in
        try .json(["status": "answered"])
      } _: {
        try await $0.answerQuery(
          query, answer: JSONBody(call.json)?["answer"] ?? "", as: try call.actor)
      }
    },
    .api(
      "POST", "/queries/{number}/close", .anyOf([.openDataQuery]),
      "Closes a data query with a reason.", body: [.text("reason")]
    ) { call in
      guard let query = QueryAddress(call.parameter("number")) else { throw ActRefusal.notFound }
      return try await call.once { (_: Void) in
        try .json(["status": "closed"])
      } _: {
        try await $0.closeQuery(
          query, reason: JSONBody(call.json)?["reason"] ?? "", as: try call.actor)
      }
    },
    .api(
      "POST", "/queries/{number}/reopen", .anyOf([.openDataQuery]),
      "Asks again, after an answer or after closing.", body: [.text("reason")]
    ) { call in
      guard let query = QueryAddress(call.parameter("number")) else { throw ActRefusal.notFound }
      return try await call.once { (_: Void) in
        try .json(["status": "open"])
      } _: {
        try await $0.reopenQuery(
          query, reason: JSONBody(call.json)?["reason"] ?? "", as: try call.actor)
      }
    },
  ]
}
