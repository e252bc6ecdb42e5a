import Conduct
import Foundation
import Store
import StudyModel

/// The part of the API for disclosures of single arms, envelopes and errors in the randomization.
extension APIRoutes {
  static let disclosure: [Route] = [
    .api(
      "POST", "/disclosures", .anyOf([.emergencyUnblinding, .discloseCase]),
      "Opens one participant's arm, with the key that proves it; recorded before it is answered.",
      body: [
        .text("participant"), .text("reason"), .optional("ground"), .optional("event_number"),
      ] + .proofs
    ) { call in
      let body = JSONBody(call.json)
      let opened = try await call.installation.disclose(
        DisclosureRequest(
          participant: try participant(body), ground: body?["ground"] ?? "",
          reason: body?["reason"] ?? "", eventNumber: body?["event_number"] ?? "", channel: .api),
        as: try await call.freshActor())
      return try .json(DisclosureBody(opened), status: 201)
    }.urgent.showingArm(isProvedAgain: true),
    .api(
      "GET", "/disclosures", .anyOf([.correctRandomization]),
      "The disclosures on record, without arms."
    ) { call in
      let found = try await call.installation.disclosures(as: try call.actor)
      return try .json(found.map(DisclosureRow.init))
    },
    .api(
      "GET", "/disclosures/report", DisclosureRoutes.reports,
      "Every disclosure on record in the reader's classes, planned or not, without arms."
    ) { call in
      try .json(
        try await call.installation.disclosureReport(as: try call.actor)
          .map(ReportedDisclosureBody.init))
    },
    .api(
      "POST", "/unblinding-reports", .blinded,
      "Reports an arm learnt by accident; who reports does not see the report again.",
      body: [.optional("about"), .text("learnt"), .text("how"), .text("at")]
    ) { call in
      let body = JSONBody(call.json)
      guard let at = try? UTCInstant(parsing: body?["at"] ?? "") else {
        throw ActRefusal.invalid([
          Fault(
            field: "at", code: "bad_instant",
            sentence: "at is an instant such as 2027-01-04T09:30:00Z. Nothing was reported.")
        ])
      }
      try await call.installation.reportUnblinding(
        about: body?["about"] ?? "", learnt: body?["learnt"] ?? "", how: body?["how"] ?? "",
        at: at, as: try call.actor)
      return try .json(["status": "recorded"], status: 201)
    },
    .api(
      "POST", "/disclosures/reports/{report}/assessment", DisclosureRoutes.checks,
      "Says what a reported accident means, once.", body: [.text("impact"), .text("action")]
    ) { call in
      let body = JSONBody(call.json)
      guard let report = Int(call.parameter("report")) else { throw ActRefusal.notFound }
      try await call.installation.assessUnblinding(
        report, impact: body?["impact"] ?? "", action: body?["action"] ?? "", as: try call.actor)
      return try .json(["status": "recorded"], status: 201)
    },
    .api(
      "GET", "/notices", .anyOf([.readUnblindingNotices]), "That emergency unblindings happened."
    ) { call in
      let found = try await call.installation.unblindingNotices(as: try call.actor)
      return try .json(found.map(NoticeBody.init))
    },
    .api(
      "POST", "/notices/{notice}/read", .anyOf([.readUnblindingNotices]),
      "Records that a notice was read."
    ) { call in
      try await call.installation.readUnblindingNotice(
        call.parameter("notice"), as: try call.actor)
      return try .json(["status": "read"])
    },
    .api(
      "GET", "/envelopes/{site}", .anyOf([.holdEnvelopes]),
      "The envelope file of a site; the delivery is audited.", EnvelopePages.download),
    .api(
      "POST", "/envelopes/openings", .anyOf([.holdEnvelopes]),
      "Records afterwards that an envelope was opened while the server was down.",
      body: [
        .text("participant"), .text("opened_by"), .text("opened_at"), .text("ground"),
        .text("reason"), .optional("password"),
      ]
    ) { call in
      let body = JSONBody(call.json)
      guard let at = try? UTCInstant(parsing: body?["opened_at"] ?? "") else {
        throw ActRefusal.invalid([
          Fault(
            field: "opened_at", code: "bad_instant",
            sentence: "opened_at is an instant such as 2027-01-04T09:30:00Z. Nothing was recorded.")
        ])
      }
      try await call.installation.recordEnvelopeOpening(
        of: try participant(body), openedBy: body?["opened_by"] ?? "", openedAt: at,
        ground: body?["ground"] ?? "", reason: body?["reason"] ?? "",
        as: try await call.freshActor())
      return try .json(["status": "recorded"], status: 201)
    },
    .api(
      "POST", "/envelopes/{site}/codes", .anyOf([.issueEnvelopeCodes]),
      "The envelope codes of a range of participant keys; recorded, stored nowhere, and not given again.",
      body: [.required("first", .integer), .required("count", .integer)] + .proofs
    ) { call in
      let body = JSONBody(call.json)
      let sheet = try await call.installation.issueEnvelopeCodes(
        of: try EnvelopePages.site(call), from: body?.number("first") ?? 0,
        count: body?.number("count") ?? 0, as: try await call.freshActor())
      return try .json(CodeSheetBody(sheet), status: 201)
    }.once(.keyedShownOnce),
    .api(
      "GET", "/corrections", .anyOf([.correctRandomization]),
      "Randomizations in error and corrected strata on record."
    ) { call in
      let found = try await call.installation.corrections(as: try call.actor)
      return try .json(found.map(CorrectionRow.init))
    },
    .api(
      "GET", "/corrections/{participant}", .anyOf([.correctRandomization]),
      "A participant's stratum as used and as known to be true."
    ) { call in
      let found = try await call.installation.randomizationInReview(
        try call.participant(), as: try call.actor)
      return try .json(CorrectionReviewBody(found))
    },
    .api(
      "POST", "/corrections/{participant}/void", .anyOf([.correctRandomization]),
      "Records a randomization in error; the allocation stays.",
      body: [.text("ground"), .text("reason"), .optional("password")]
    ) { call in
      let body = JSONBody(call.json)
      try await call.installation.voidRandomization(
        of: try call.participant(), ground: body?["ground"] ?? "", reason: body?["reason"] ?? "",
        as: try await call.freshActor())
      return try .json(["status": "recorded"], status: 201)
    },
    .api(
      "POST", "/corrections/{participant}/stratum", .anyOf([.correctRandomization]),
      "Records the true stratum beside the one used.",
      body: [
        .required("levels", .object), .text("ground"), .text("reason"), .optional("password"),
      ]
    ) { call in
      let body = JSONBody(call.json)
      guard let levels = body?.object("levels") as? [String: String] else {
        throw ActRefusal.invalid([
          Fault(
            field: "levels", code: "bad_levels",
            sentence: "levels names a level, as text, for each factor that was wrong. "
              + "Nothing was recorded.")
        ])
      }
      try await call.installation.correctStratum(
        of: try call.participant(), levels: levels, ground: body?["ground"] ?? "",
        reason: body?["reason"] ?? "", as: try await call.freshActor())
      return try .json(["status": "recorded"], status: 201)
    },
  ]

  private static func participant(_ body: JSONBody?) throws(ActRefusal) -> ParticipantKey {
    guard let key = try? ParticipantKey(parsing: body?["participant"] ?? "") else {
      throw .invalid([
        Fault(
          field: "participant", code: "bad_key",
          sentence: "A participant key is such as 101-0001. Nothing was opened or recorded.")
      ])
    }
    return key
  }
}

/// One opened arm, for who may know alone.
struct DisclosureBody: Codable {
  let participant: String
  let arm: String
  let title: String
  let disclosedAt: String
  let entry: Int
  let seal: String
  let sealKey: String

  init(_ opened: DisclosedArm) {
    participant = opened.participant.text
    arm = opened.arm.code.text
    title = opened.arm.title
    disclosedAt = opened.at.description
    entry = opened.entry
    seal = opened.seal
    sealKey = opened.sealKey
  }
}

struct DisclosureRow: Codable {
  let entry: Int64
  let participant: String
  let kind: String
  let channel: String
  let isPlanned: Bool
  let isLate: Bool
  let ground: String
  let reason: String
  let eventNumber: String
  let openedBy: String
  let openedAt: String
  let recordedAt: String

  init(_ event: DisclosureEvent) {
    entry = event.index
    participant = event.participant.text
    kind = event.kind
    channel = event.channel
    isPlanned = event.isPlanned
    isLate = event.isLate
    ground = event.ground
    reason = event.reason
    eventNumber = event.eventNumber
    openedBy = event.openedBy
    openedAt = event.openedAt.description
    recordedAt = event.recordedAt.description
  }
}

struct NoticeBody: Codable {
  let notice: String
  let participant: String
  let openedAt: String
  let readAt: String?

  init(_ notice: UnblindingNotice) {
    self.notice = notice.name
    participant = notice.participant.text
    openedAt = notice.openedAt.description
    readAt = notice.readAt?.description
  }
}

struct CodeSheetBody: Codable {
  struct Card: Codable {
    let participant: String
    let code: String
  }
  let site: String
  let signedBy: String
  let cards: [Card]

  init(_ sheet: EnvelopeCards) {
    site = sheet.site.text
    signedBy = sheet.key
    cards = sheet.cards.map { Card(participant: $0.participant.text, code: $0.code) }
  }
}

struct CorrectionRow: Codable {
  let entry: Int64
  let participant: String
  let kind: String
  let ground: String
  let reason: String
  let recordedAt: String

  init(_ record: CorrectionRecord) {
    entry = record.index
    participant = record.participant.text
    kind = record.kind
    ground = record.ground
    reason = record.reason
    recordedAt = record.recordedAt.description
  }
}

struct CorrectionReviewBody: Codable {
  struct Factor: Codable {
    let factor: String
    let used: String
    let known: String
    let levels: [String]
  }
  let participant: String
  let isVoid: Bool
  let factors: [Factor]

  init(_ review: RandomizationInReview) {
    participant = review.participant.text
    isVoid = review.isVoid
    factors = review.factors.map {
      Factor(factor: $0.factor, used: $0.used, known: $0.known, levels: $0.levels)
    }
  }
}
