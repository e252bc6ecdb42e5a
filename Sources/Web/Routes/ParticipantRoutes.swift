import Conduct
import Pages
import StudyModel

/// Home, the list of participants, and the pages of one participant.
enum ParticipantRoutes {
  /// Whoever works on forms of a site, or reads them by class; acts ask for the class besides.
  static let readers = Access.anyOf([.enterForms, .openDataQuery, .readForms])

  static let all: [Route] = [
    .page("/", .signedIn, "The home page of the role.", HomePage.answer),
    .page("/participants", readers, "The participants in reach.") { call in
      .page(try await ParticipantListing.model(call).page())
    }.brief.paced(.search),
    .page("/participants/new", .anyOf([.consentParticipant]), "Asks for a new consent.") { call in
      .page(try await ConsentPage.show(call).page())
    },
    .act(
      "/participants", .anyOf([.consentParticipant]), "Enrols a participant with the consent.",
      ConsentPage.save),
    .page("/participants/{participant}", readers, "One participant.") { call in
      .page(try await ParticipantOverview.model(call).page())
    }.brief,
    .page(
      "/participants/{participant}/visits/{visit}", readers, "The forms of a visit."
    ) { call in .page(try await VisitPage.model(call).page()) },
    .page(
      "/participants/{participant}/history", .anyOf([.readAudit]), "The changes of a participant."
    ) { call in .page(try await HistoryRows.page(call).page()) },
    .page(
      "/participants/{participant}/copy.csv", .anyOf([.readAudit]),
      "Everything the reader may know of a participant, as a file."
    ) { call in
      let variant = try SpreadsheetQuery.variant(of: call)
      return try await call.file(offeredAt: "/participants/\(call.parameter("participant"))") {
        try await APIRoutes.copy(call, for: variant)
      }
    }.paced(.export),
    .page(
      "/participants/{participant}/identity", IdentityPage.readers,
      "Asks what an identity is read for."
    ) { call in .page(try await IdentityPage.ask(call).page()) },
    .act(
      "/participants/{participant}/identity", IdentityPage.readers,
      "Shows who a participant of the own site is, once.", IdentityPage.show
    ).once(.keyedUnkept),
    .page(
      "/participants/{participant}/identity/record", .anyOf([.enterForms]),
      "The form that names a participant, before it was filled in.", IdentityRecordPage.show),
    .act(
      "/participants/{participant}/identity/record", .anyOf([.enterForms]),
      "Records or corrects who a participant of the own site is.", IdentityRecordPage.save
    ).once(.keyedUnkept),
    .page(
      "/participants/{participant}/transfer", .anyOf([.consentParticipant]),
      "Asks to hand a participant over, or what is decided on an offer."
    ) { call in .page(try await TransferPage.show(call).page()) },
    .act(
      "/participants/{participant}/transfer", .anyOf([.consentParticipant]),
      "Offers a participant of the own site to another.", TransferPage.offer),
    .act(
      "/participants/{participant}/transfer/decision", .anyOf([.consentParticipant]),
      "Decides on an offer: the receiving site takes over or declines, the other withdraws.",
      TransferPage.decide),
    .page(
      "/participants/{participant}/likeness", .anyOf([.signForms]),
      "Asks whether a participant is a person enrolled before."
    ) { call in .page(try await LikenessPage.show(call).page()) },
    .act(
      "/participants/{participant}/likeness", .anyOf([.signForms]),
      "Records that a likeness is another person.", LikenessPage.judge),
    .page(
      "/participants/{participant}/move", .anyOf([.consentParticipant, .signForms]),
      "Asks for a step of participation."
    ) { call in .page(try await ParticipantMovePage.show(call).page()) },
    .act(
      "/participants/{participant}/move", .anyOf([.consentParticipant, .signForms]),
      "Records a step of participation.", ParticipantMovePage.move),
  ]
}
