import Conduct
import Pages
import StudyModel

/// Forms, signatures, data queries, bookings and questionnaire links.
enum CaptureRoutes {
  private static let form = "/participants/{participant}/forms/{form}/{visit}"
  private static let rating = "/participants/{participant}/ratings/{visit}"
  private static let questionnaire = "/participants/{participant}/questionnaires/{form}/{visit}"
  private static let queries = Access.anyOf([.answerDataQuery, .openDataQuery])

  static let all: [Route] = [
    .page(form, ParticipantRoutes.readers, "A form of a visit.") { call in
      let page = try await FormEntryPage(call)
      return .page(page.reading(changing: call.query["change"] != nil).page())
    },
    .act(form, .anyOf([.enterForms]), "Saves a form as draft or finally.", FormSaving.answer),
    .page(form + "/sign", .anyOf([.signForms]), "What is signed.") { call in
      .page(try await SigningPage.show(call).page())
    },
    .act(form + "/sign", .anyOf([.signForms]), "Signs a form.", SigningPage.sign),
    .page("/queries", queries, "The open data queries.") { call in
      .page(try await QueryPages.list(call).page())
    },
    .page("/queries/{number}", queries, "One data query.") { call in
      .page(try await QueryPages.one(call).page())
    },
    .act("/queries/{number}/close", queries, "Answers and closes a data query.", QueryPages.close),
    .page(
      "/participants/{participant}/queries", .anyOf([.openDataQuery]), "Asks what is doubted."
    ) { call in .page(try await QueryPages.ask(call).page()) },
    .act(
      "/participants/{participant}/queries", .anyOf([.openDataQuery]), "Opens a data query.",
      QueryPages.open),
    .page(rating, .anyOf([.scheduleRating]), "Times for a central rating.") { call in
      .page(try await BookingPage.show(call).page())
    },
    .act(rating, .anyOf([.scheduleRating]), "Books a central rating.", BookingPage.book),
    .page(questionnaire, .anyOf([.issueQuestionnaire]), "Asks for a questionnaire link.") { call in
      .page(try await QuestionnaireLinkPage.show(call).page())
    },
    .act(
      questionnaire, .anyOf([.issueQuestionnaire]), "Makes a questionnaire link, shown once.",
      QuestionnaireLinkPage.make),
  ]
}
