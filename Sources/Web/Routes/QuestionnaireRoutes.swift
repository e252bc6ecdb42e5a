import Conduct
import Pages

/// Questionnaires on a participant's own device, by a one-time link and without an account.
enum QuestionnaireRoutes {
  static let all: [Route] = [
    .page("/q/{link}", .everybody, "The questions behind a link.") { call in
      let pages = try await QuestionnairePages(call)
      guard !pages.open.isUsed, !pages.open.isExpired else {
        return .page(pages.closed().page())
      }
      guard pages.isForVisitor else { return .page(pages.readOutElsewhere().page(), status: 403) }
      try await call.installation.openQuestionnaire(
        pages.open, link: call.parameter("link"), by: pages.visitor)
      return .page(pages.questions().page())
    },
    .act("/q/{link}", .everybody, "Checks and sends the answers.") { call in
      try await QuestionnairePages(call).answer()
    },
    .page("/q/{link}/thanks", .everybody, "Thanks.") { call in
      let pages = try await QuestionnairePages(call)
      guard pages.open.isUsed else { return .see("/q/\(call.parameter("link"))") }
      return .page(pages.thanks().page())
    },
  ]
}
