import Conduct
import Pages
import StudyModel

/// Forms, signatures, data queries, bookings and questionnaire links.
enum CaptureRoutes {
  private static let rating = "/participants/{participant}/ratings/{visit}"
  private static let questionnaire = "/participants/{participant}/questionnaires/{form}/{visit}"
  private static let queries = Access.anyOf([.answerDataQuery, .openDataQuery])
  private static let writers = Access.anyOf([.enterForms])

  /// Where a form is addressed: of a participant at a visit, or of a site.
  static let forms = [
    "/participants/{participant}/forms/{form}/{visit}", "/sites/{site}/forms/{form}",
  ]

  static let all: [Route] =
    forms.flatMap(entry) + about + corrections + [
      .page(
        EntryPlace.siteForms, ParticipantRoutes.readers, "The forms about sites, such as stock."
      ) { call in
        .page(try await SiteFormPages.list(call).page())
      },
      .page(
        SamplePage.place, ParticipantRoutes.readers, "Records drawn at random to be looked at."
      ) { call in
        .page(try await SamplePage.list(call).page())
      },
      .page("/queries", queries, "The data queries that are not closed.") { call in
        .page(try await QueryPages.list(call).page())
      },
      .page("/queries/{number}", queries, "One data query.") { call in
        .page(try await QueryPages.one(call).page())
      },
      .act(
        "/queries/{number}/answer", .anyOf([.answerDataQuery]), "Answers a data query.",
        QueryPages.answer),
      .act(
        "/queries/{number}/close", .anyOf([.openDataQuery]),
        "Closes a data query, or asks again, with a reason.", QueryPages.close),
      .page(rating, .anyOf([.scheduleRating]), "Times for a central rating.") { call in
        .page(try await BookingPage.show(call).page())
      },
      .act(rating, .anyOf([.scheduleRating]), "Books a central rating.", BookingPage.book),
      .act(
        rating + "/move", .anyOf([.scheduleRating]),
        "Moves a booked rating to another time that is offered.", BookingPage.move),
      .act(
        rating + "/cancel", .anyOf([.scheduleRating]), "Cancels a booked rating.",
        BookingPage.cancel),
      .act(
        rating + "/call-link", .anyOf([.scheduleRating]),
        "Says where the call of a booked rating is joined.", BookingPage.link),
      .page(questionnaire, .anyOf([.issueQuestionnaire]), "Asks for a questionnaire link.") {
        call in
        .page(try await QuestionnaireLinkPage.show(call).page())
      },
      .act(
        questionnaire, .anyOf([.issueQuestionnaire]), "Makes a questionnaire link, shown once.",
        QuestionnaireLinkPage.make),
    ]

  /// Data queries on an entry of a participant or site.
  private static let about: [Route] = ["/participants/{participant}", "/sites/{site}"].flatMap {
    owner -> [Route] in
    [
      .page(owner + "/queries", .anyOf([.openDataQuery]), "Asks what is doubted.") { call in
        .page(try await QueryPages.ask(call).page())
      },
      .act(
        owner + "/queries", .anyOf([.openDataQuery]), "Opens a data query.", QueryPages.open),
    ]
  }

  private static let correction = "/participants/{participant}/forms/{form}/{visit}/correction"

  private static let corrections: [Route] = [
    .page(
      correction, .anyOf([.correctReported]),
      "Asks for a correction beside what a participant or rater reported."
    ) { call in
      .page(try await CorrectionPage.show(call).page())
    },
    .act(
      correction, .anyOf([.correctReported]),
      "Signs a correction beside what a participant or rater reported.", CorrectionPage.sign),
  ]

  private static func entry(at form: String) -> [Route] {
    [
      .page(form, ParticipantRoutes.readers, "A form of a visit or of a site.") { call in
        let page = try await FormEntryPage(call)
        return .page(page.reading(changing: call.query["change"] != nil).page())
      },
      .act(form, writers, "Saves a form, or keeps what was typed as a draft.", FormSaving.answer),
      .act(
        form + "/draft", writers, "Keeps what was typed, for its author alone.", FormSaving.autosave
      ),
      .act(form + "/discard", writers, "Removes the own draft.", FormSaving.discard),
      .page(form + "/all", ParticipantRoutes.readers, "The repeats of a form.") { call in
        .page(try await EntryReview.list(call).page())
      },
      .act(form + "/void", writers, "Voids a repeat entered in error.", EntryReview.void),
      .act(
        form + "/verify", .anyOf([.verifySource]), "Records that a form agrees with its source.",
        EntryReview.verify),
      .act(
        form + "/freeze", .anyOf([.freezeForms]), "Closes a form for changes.", EntryReview.freeze),
      .act(
        form + "/unfreeze", .anyOf([.freezeForms]), "Opens a frozen form again.",
        EntryReview.unfreeze),
      .page(form + "/sign", .anyOf([.signForms]), "What is signed.") { call in
        .page(try await SigningPage.show(call).page())
      },
      .act(form + "/sign", .anyOf([.signForms]), "Signs a form.", SigningPage.sign),
    ]
  }
}
