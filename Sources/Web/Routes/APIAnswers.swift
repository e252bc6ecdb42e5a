import Conduct

/// What each route of the API answers when it is done, for its description.
///
/// The tests hold that every route stands here and nothing else, and that answers follow it.
enum APIAnswers {
  static func shape(of route: Route) -> AnswerShape? { all[route.operation] }

  static let all: [String: AnswerShape] = Dictionary(
    uniqueKeysWithValues: (account + participants + forms + safety + allocation + closing).map {
      let words = $0.0.split(separator: " ")
      return ("\(words[0]) /api/v1\(words[1])", $0.1)
    })

  private typealias Row = (String, AnswerShape)
  private static let form = "/participants/{participant}/forms/{form}/{visit}"
  private static let event = "/serious-events/{participant}/{form}/{visit}/{number}"
  private static let answers = JSONSchema.map(AnswerValue.schema)
  private static let entry = AnswerShape.object([
    "answers": answers, "form": .string, "status": .string, "version": .integer,
  ])
  private static let done = AnswerShape.texts("status")
  private static let recorded = AnswerShape.texts("status", status: 201)

  private static let account: [Row] = [
    ("GET /openapi.json", .json()),
    ("GET /health", .texts("status", "key", "ledgers", "clock")),
    ("POST /sessions", .texts("token", "stage", status: 201)),
    ("POST /sessions/code", .texts("token", "form_token", status: 201)),
    ("POST /sessions/confirm", done),
    ("POST /sessions/passkey/challenge", .body(PasskeyChallengeBody.self, status: 201)),
    ("POST /sessions/passkey", .texts("token", "form_token", status: 201)),
    ("GET /account/passkeys", .body([PasskeyBody].self)),
    ("POST /account/passkeys/challenge", .body(PasskeyChallengeBody.self, status: 201)),
    ("POST /account/passkeys", .texts("status", "token", "form_token", status: 201)),
    ("POST /account/passkeys/{number}/name", done),
    ("POST /account/passkeys/{number}/remove", .texts("status", "token", "form_token")),
    ("POST /sessions/provider", .texts("address", "browser", status: 201)),
    ("POST /sessions/provider/finish", .texts("token", "stage", status: 201)),
    ("GET /account/zone", .texts("zone")),
    ("POST /account/zone", done),
    ("GET /account/provider", .body(ProviderBody.self)),
    ("POST /account/provider", .texts("address", "browser", status: 201)),
    ("POST /account/provider/finish", .texts("status", "token", "form_token", status: 201)),
    ("POST /account/provider/remove", .texts("status", "token", "form_token")),
    ("POST /sessions/end", done),
    ("GET /me", .texts("username", "name", "role", "site")),
    ("GET /accounts", .body([AccountBody].self)),
    ("GET /roles-at/{day}", .body([HeldRoleBody].self)),
    ("GET /account", .body(OwnAccountBody.self)),
    ("POST /account/password", .texts("status", "token", "form_token")),
    ("POST /account/recovery-codes", .body(RecoveryCodesBody.self, status: 201)),
    ("POST /account/sessions/end", done),
    ("GET /account/letters", .texts("address")),
    ("POST /account/letters", done),
    ("POST /account/role", .texts("status", "token", "form_token")),
    ("GET /invitations/{token}", .body(InvitationBody.self)),
    ("POST /invitations/{token}", .body(RecoveryCodesBody.self, status: 201)),
    ("POST /accounts", .texts("address", status: 201)),
    ("POST /accounts/{user}/roles", .texts("state")),
    ("POST /accounts/{user}/roles/end", .texts("state")),
    ("POST /accounts/{user}/reset", .texts("address", status: 201)),
    ("POST /accounts/{user}/reset/confirm", .texts("code")),
    ("POST /accounts/{user}/waiting-time/end", .texts("state")),
    ("POST /accounts/{user}/enable", .texts("state")),
    ("GET /role-proposals", .body([RoleProposalBody].self)),
    ("POST /role-proposals/{number}", .texts("state")),
    ("POST /accounts/{user}/disable", .texts("state")),
    ("GET /accounts/events", .body([AccountEventBody].self).asked("before")),
    ("GET /accounts/reviews", .body(AccessReviewsBody.self)),
    ("POST /accounts/reviews", .number("number", status: 201)),
    ("GET /accounts/unblinded", .body([UnblindedBody].self)),
    ("GET /certifications", .body([CertificationBody].self)),
    ("POST /certifications", .number("number", status: 201)),
    ("POST /accounts/{user}/identity", .body(RecordRoutes.StandingBody.self, status: 201)),
    ("GET /signature", .body(RecordRoutes.StandingBody.self)),
    ("POST /signature", .body(RecordRoutes.StandingBody.self, status: 201)),
    (
      "GET /audit",
      .file("application/jsonl").asked(
        "class", "participant", "user", "from", "through", "question")
    ),
    ("GET /audit/own", .body([RecordRoutes.OwnChangeBody].self)),
    ("GET /audit/reviews", .body([RecordRoutes.AuditReviewBody].self)),
    ("POST /audit/reviews", .number("number", status: 201)),
  ]

  private static let participants: [Row] = [
    ("GET /participants", .body(ParticipantList.self).asked("after")),
    ("POST /participants", .texts("participant", status: 201)),
    ("GET /participants/{participant}", .body(ParticipantRow.self)),
    ("GET /participants/{participant}/lifecycles", .body([LifecycleRow].self)),
    ("GET /participants/{participant}/copy.csv", .file("text/csv")),
    ("GET /participants/{participant}/ratings/{visit}", .body(RatingOfferBody.self)),
    ("POST /participants/{participant}/ratings/{visit}", recorded),
    (
      "GET /participants/{participant}/ratings/{visit}/booking", .body(RatingBookingBody.self)
    ),
    ("POST /participants/{participant}/ratings/{visit}/move", recorded),
    ("POST /participants/{participant}/ratings/{visit}/cancel", recorded),
    ("POST /participants/{participant}/ratings/{visit}/call-link", recorded),
    (
      "POST /participants/{participant}/questionnaires/{form}/{visit}",
      .texts("link", status: 201)
    ),
    ("GET /questionnaires/waiting", .body([WaitingQuestionnaire].self)),
    ("POST /questionnaires/{link}", recorded),
    ("POST /participants/{participant}/identity", .body(IdentityBody.self)),
    ("POST /participants/{participant}/identity/record", .body(SavedBody.self)),
    ("GET /transfers", .body([TransferBody].self)),
    ("POST /participants/{participant}/transfer", .texts("status", status: 201)),
    ("POST /participants/{participant}/transfer/decision", done),
    ("POST /participants/{participant}/likeness", done),
    ("POST /participants/{participant}/move", done),
    ("POST /participants/{participant}/sign", .number("signed", status: 201)),
    ("GET /desk", .body([TaskRow].self)),
    ("GET /desk/{token}/{form}", entry),
    ("POST /desk/{token}/{form}", .body(SavedBody.self)),
    ("POST /desk/{token}/record", recorded),
  ]

  private static func entry(at form: String) -> [Row] {
    [
      ("GET \(form)", entry.asked("number")),
      ("POST \(form)", .body(SavedBody.self).asked("number")),
      ("POST \(form)/sign", .texts("signed_at", status: 201).asked("number")),
      ("GET \(form)/history", .body(HistoryBody.self).asked("number")),
      ("GET \(form)/all", .body([RepeatRow].self)),
      ("GET \(form)/draft", .body(DraftBody.self).asked("number")),
      ("POST \(form)/draft", .texts("kept_at").asked("number")),
      ("POST \(form)/discard", done.asked("number")),
      ("POST \(form)/void", .number("version").asked("number")),
      ("POST \(form)/verify", .texts("verified_at", status: 201).asked("number")),
      ("POST \(form)/freeze", done.asked("number")),
      ("POST \(form)/unfreeze", done.asked("number")),
      ("POST \(form)/removal", .number("number", status: 201).asked("number")),
    ]
  }

  private static let forms: [Row] =
    CaptureRoutes.forms.flatMap(entry) + [
      ("GET \(form)/planned", .object(["missing": .list(.string)])),
      ("GET /samples", .body([SampledRecordBody].self)),
      ("GET \(form)/corrections", .body([CorrectionBody].self).asked("number")),
      ("POST \(form)/corrections", .number("number", status: 201).asked("number")),
      ("GET /site-forms", .body([SiteFormBody].self)),
      ("GET /sites/{site}/forms/{form}/stock", .body(StockBody.self)),
      ("POST /sites/{site}/queries", .number("number", status: 201)),
      ("POST /removals/{number}/confirm", done),
      ("POST /participants/{participant}/queries", .number("number", status: 201)),
      ("GET /queries", .body([OpenQueryRow].self)),
      ("GET /queries/{number}", .body(QueryThreadBody.self)),
      ("POST /queries/{number}/answer", done),
      ("POST /queries/{number}/close", done),
      ("POST /queries/{number}/reopen", done),
      ("POST /imports/try", .body(ImportBody.self)),
      ("POST /imports", .body(ImportBody.self, status: 201)),
      ("GET /imports", .json(.list(.map(.string)))),
      ("GET /instrument-texts", .body([InstrumentTextBody].self)),
      ("GET /instrument-texts/{instrument}/template.csv", .file("text/csv")),
      ("POST /instrument-texts/try", .body(TextPreviewBody.self)),
      ("POST /instrument-texts", .number("version", status: 201)),
      ("POST /instrument-texts/{instrument}/restore", .number("version", status: 201)),
    ]

  private static let safety: [Row] = [
    ("GET /alerts", .body([AlertBody].self)),
    ("POST /alerts/{alert}/acknowledge", .texts("acknowledged_at", status: 201)),
    ("GET /alert-notices", .json(.list(.map(.string)))),
    ("GET /deviations", .body([DeviationBody].self)),
    ("POST /deviations", .texts("number", status: 201)),
    ("POST /participants/{participant}/deviations/{number}/judge", done),
    ("POST /participants/{participant}/deviations/{number}/report", done),
    (
      "POST /participants/{participant}/deviations/{number}/removal", .number("number", status: 201)
    ),
    ("POST /audit/{class}/{number}/removal", .number("number", status: 201)),
    ("GET /serious-events", .body([SeriousEventBody].self)),
    ("POST \(event)/clocks/{clock}/meet", .texts("met_at", status: 201)),
    ("GET \(event)/clocks/{clock}/start", .json(.list(.map(.string))).asked("at")),
    ("POST \(event)/clocks/{clock}/start", done),
    ("POST \(event)/expectedness", .number("judgement", status: 201)),
    ("GET /amendments", .body([AmendmentBody].self)),
    ("POST /amendments", .texts("version", status: 201)),
    (
      "GET /amendments/{version}/changes",
      .object([
        "changes": .list(.string), "impacts": .list(.string), "classes": .list(.string),
        "whole": .list(.string),
      ])
    ),
    ("POST /amendments/{version}/dry-run", .body(DryRunBody.self)),
    ("GET /amendments/{version}/dry-run.csv", .file("text/csv")),
    ("POST /amendments/{version}/approve", done),
    ("POST /amendments/{version}/withdraw", done),
    ("POST /amendments/{version}/force", .number("asked_for_consent_again", status: 201)),
    ("GET /reconsent-tasks", .body([ReconsentBody].self)),
  ]

  private static let allocation: [Row] = [
    ("GET /participants/{participant}/readiness", .body([ReadinessRow].self)),
    (
      "POST /participants/{participant}/randomize",
      .body(RandomizationReceipt.self, status: 201)
    ),
    ("GET /participants/{participant}/receipt", .json()),
    ("GET /allocations", .body([AllocationRow].self)),
    ("POST /allocations/{participant}/acknowledge", .body(ArmRow.self, status: 201)),
    ("GET /allocations/{participant}", .body(ArmRow.self)),
    ("POST /disclosures", .body(DisclosureBody.self, status: 201)),
    ("GET /disclosures", .body([DisclosureRow].self)),
    ("GET /disclosures/report", .body([ReportedDisclosureBody].self)),
    ("POST /unblinding-reports", recorded),
    ("POST /disclosures/reports/{report}/assessment", recorded),
    ("GET /notices", .body([NoticeBody].self)),
    ("POST /notices/{notice}/read", done),
    ("GET /envelopes/{site}", .json()),
    ("POST /envelopes/openings", recorded),
    ("POST /envelopes/{site}/codes", .body(CodeSheetBody.self, status: 201)),
    ("GET /corrections", .body([CorrectionRow].self)),
    ("GET /corrections/{participant}", .body(CorrectionReviewBody.self)),
    ("POST /corrections/{participant}/void", recorded),
    ("POST /corrections/{participant}/stratum", recorded),
    ("GET /randomization", .body(RandomizationBody.self)),
    ("POST /randomization/approve", done),
    ("POST /randomization/entropy", done),
    ("POST /randomization/drafts", .number("draft", status: 201)),
    ("POST /randomization/drafts/{number}/withdraw", done),
    ("POST /randomization/drafts/{number}/commit", recorded),
    ("POST /randomization/simulations", .number("simulation", status: 201)),
    ("POST /randomization/simulations/cancel", done),
    ("GET /randomization/simulations/{number}", .json()),
    ("GET /randomization/simulations/{number}/simulation.csv", .file("text/csv")),
    ("GET /ledger", .body(LedgerBody.self)),
    ("GET /ledger/head", .json()),
    ("GET /ledger/heads", .file("application/jsonl")),
    ("POST /ledger/heads", .json(status: 201)),
    ("POST /ledger/check", .body(CheckBody.self)),
    ("GET /ledger/consistency/{first}/{second}", .json()),
  ]

  private static let closing: [Row] = [
    ("GET /enrolment", .body(EnrolmentBody.self)),
    ("GET /sites", .body([SiteRow].self)),
    ("GET /sites/{site}/readiness", .body(SiteReadinessBody.self)),
    ("POST /sites/{site}/facts", .number("record", status: 201)),
    ("POST /sites/{site}/prepare", done),
    ("GET /study/steps", .body(StudyStepsBody.self)),
    ("POST /study/move", done),
    ("POST /sites/{site}/activate", done),
    ("POST /sites/{site}/suspend", done),
    ("POST /sites/{site}/close", done),
    ("POST /enrolment/open", done),
    ("POST /reports", .number("snapshot", status: 201)),
    ("POST /reports/{number}/release", done),
    ("GET /reports/{number}/open", .json()),
    ("GET /reports/{number}/closed", .json()),
    ("POST /lock/plan", done),
    ("POST /lock/soft", done),
    ("POST /lock/hard", done),
    ("POST /unblinding", done),
    ("GET /exports/blinded", .file("application/zip")),
    ("GET /exports/unblinded", .file("application/zip")),
    ("GET /result", .json()),
    ("GET /result/dry-run", .json()),
    ("GET /planning", .body(PlanningBody.self)),
    ("POST /planning/simulations", .number("simulation", status: 201)),
    ("POST /planning/simulations/cancel", done),
    ("GET /planning/simulations/{number}", .json()),
    ("GET /planning/simulations/{number}/design.csv", .file("text/csv")),
  ]
}
