@testable import Web

/// Operations that no good request of the story brings to their end, each with what is told instead and why.
///
/// Reviewed by hand: whoever adds an operation lets the story do it, or says here why it cannot.
enum RightRefusals {
  /// What a good request is told, by the beginning of it, and the operations, a line each.
  private static let lists: [(told: String, why: String, routes: String)] = [
    (
      "404", "no server of this story has a provider of sign-ins",
      """
      GET /account/provider
      GET /sign-in/provider/return
      POST /account/provider
      POST /account/provider/remove
      POST /api/v1/account/provider
      POST /api/v1/account/provider/finish
      POST /api/v1/account/provider/remove
      POST /api/v1/sessions/provider
      POST /api/v1/sessions/provider/finish
      POST /sign-in/provider
      POST /sign-in/provider/finish
      """
    ),
    (
      "404", "nobody has a device that holds a passkey",
      """
      GET /account/passkeys/{number}
      POST /account/passkeys/{number}/name
      POST /account/passkeys/{number}/remove
      POST /api/v1/account/passkeys/{number}/name
      POST /api/v1/account/passkeys/{number}/remove
      """
    ),
    (
      "422", "a passkey is proved by a device",
      """
      POST /account/passkeys
      POST /api/v1/account/passkeys
      POST /api/v1/account/passkeys/challenge
      """
    ),
    (
      "404",
      "forms about a site and samples are of treatment: nobody blinded is told that they exist",
      """
      GET /api/v1/samples
      GET /samples
      GET /api/v1/site-forms
      GET /site-forms
      GET /api/v1/sites/{site}/forms/{form}
      GET /api/v1/sites/{site}/forms/{form}/all
      GET /api/v1/sites/{site}/forms/{form}/draft
      GET /api/v1/sites/{site}/forms/{form}/history
      GET /api/v1/sites/{site}/forms/{form}/stock
      GET /sites/{site}/forms/{form}
      GET /sites/{site}/forms/{form}/all
      GET /sites/{site}/queries
      POST /api/v1/sites/{site}/forms/{form}
      POST /api/v1/sites/{site}/forms/{form}/discard
      POST /api/v1/sites/{site}/forms/{form}/draft
      POST /api/v1/sites/{site}/forms/{form}/freeze
      POST /api/v1/sites/{site}/forms/{form}/unfreeze
      POST /api/v1/sites/{site}/forms/{form}/void
      POST /api/v1/sites/{site}/queries
      POST /sites/{site}/forms/{form}
      POST /sites/{site}/forms/{form}/discard
      POST /sites/{site}/forms/{form}/draft
      POST /sites/{site}/forms/{form}/freeze
      POST /sites/{site}/forms/{form}/unfreeze
      POST /sites/{site}/forms/{form}/void
      POST /sites/{site}/queries
      """
    ),
    ("404", "only a server for training has the page of its sign-ins", "GET /training"),
    (
      "404", "a removal is confirmed by a second person, and each asks in worlds of their own",
      """
      GET /removals/{number}
      POST /api/v1/removals/{number}/confirm
      POST /removals/{number}
      """
    ),
    (
      "404", "everybody has one role and one session",
      """
      POST /api/v1/account/role
      POST /api/v1/account/sessions/end
      POST /role
      """
    ),
    (
      "409", "the amendment of the story is approved",
      """
      POST /amendments/{version}/approve
      POST /api/v1/amendments/{version}/approve
      """
    ),
    (
      "409", "people still take part, so that nothing is locked",
      """
      POST /api/v1/lock/hard
      POST /api/v1/lock/soft
      POST /lock/hard
      POST /lock/soft
      """
    ),
    (
      "422", "the study enrols, and none of its next steps is the reader's",
      """
      POST /api/v1/study/move
      POST /study/move
      """
    ),
    (
      "412", "the calls of the story are rated or yet to come",
      "POST /api/v1/desk/{token}/{form}"
    ),
    (
      "409", "the calls of the story are rated or yet to come",
      """
      GET /desk/{token}/record
      POST /desk/{token}/record
      """
    ),
    (
      "422", "the calls of the story are rated or yet to come",
      """
      POST /api/v1/desk/{token}/record
      POST /desk/{token}
      """
    ),
    (
      "409", "contact is lost after more attempts than anybody of the story made",
      """
      POST /api/v1/participants/{participant}/move
      POST /participants/{participant}/move
      """
    ),
    (
      "403", "what changes a second factor takes a code of its device, which no form fills in",
      """
      POST /account/recovery-codes
      POST /api/v1/account/recovery-codes
      """
    ),
    (
      "403 authentication_failed", "a wrong password is given, and what follows it is compared",
      "POST /api/v1/sessions"
    ),
    (
      "422", "of a form about a site nobody blinded knows a field",
      """
      POST /api/v1/sites/{site}/forms/{form}/removal
      POST /sites/{site}/forms/{form}/removal
      """
    ),
    (
      "404", "the one form about a site is signed by nobody",
      """
      GET /sites/{site}/forms/{form}/sign
      POST /api/v1/sites/{site}/forms/{form}/sign
      POST /sites/{site}/forms/{form}/sign
      """
    ),
    ("401", "the page has signed out before", "POST /api/v1/sessions/end"),
    ("422", "the session that asks is the only one", "POST /account/sessions/end"),
    (
      "422", "an account is opened with a code of the device of its person",
      """
      POST /api/v1/invitations/{token}
      POST /invitation/{token}
      """
    ),
    (
      "409", "the form of the page has offered the same participant before",
      "POST /api/v1/participants/{participant}/transfer"
    ),
  ]

  /// Pages whose forms take more than a machine fills in, and the operation by which the same act is done.
  private static let byProgram = [
    "POST /account/confirm": "POST /api/v1/sessions/confirm",
    "POST /alerts/{alert}/acknowledge": "POST /api/v1/alerts/{alert}/acknowledge",
    "POST /audit/reviews/new": "POST /api/v1/audit/reviews",
    "POST /deviations/new": "POST /api/v1/deviations",
    "POST /audit/{class}/{number}/removal": "POST /api/v1/audit/{class}/{number}/removal",
    "POST /deviations/{participant}/{number}/removal":
      "POST /api/v1/participants/{participant}/deviations/{number}/removal",
    "POST /participants/{participant}/questionnaires/{form}/{visit}":
      "POST /api/v1/participants/{participant}/questionnaires/{form}/{visit}",
    "POST /deviations/{participant}/{number}/report":
      "POST /api/v1/participants/{participant}/deviations/{number}/report",
    "POST /envelopes/opened": "POST /api/v1/envelopes/openings",
    "POST /import": "POST /api/v1/imports/try",
    "POST /import/save": "POST /api/v1/imports",
    "POST /participants": "POST /api/v1/participants",
    "GET /participants/{participant}/forms/{form}/{visit}/correction":
      "POST /api/v1/participants/{participant}/forms/{form}/{visit}/corrections",
    "POST /participants/{participant}/forms/{form}/{visit}/correction":
      "POST /api/v1/participants/{participant}/forms/{form}/{visit}/corrections",
    "POST /participants/{participant}/forms/{form}/{visit}/freeze":
      "POST /api/v1/participants/{participant}/forms/{form}/{visit}/freeze",
    "POST /participants/{participant}/forms/{form}/{visit}/unfreeze":
      "POST /api/v1/participants/{participant}/forms/{form}/{visit}/unfreeze",
    "POST /participants/{participant}/forms/{form}/{visit}/removal":
      "POST /api/v1/participants/{participant}/forms/{form}/{visit}/removal",
    "POST /participants/{participant}/forms/{form}/{visit}/void":
      "POST /api/v1/participants/{participant}/forms/{form}/{visit}/void",
    "POST /participants/{participant}/identity":
      "POST /api/v1/participants/{participant}/identity",
    "POST /participants/{participant}/identity/record":
      "POST /api/v1/participants/{participant}/identity/record",
    "POST /participants/{participant}/queries": "POST /api/v1/participants/{participant}/queries",
    "POST /participants/{participant}/ratings/{visit}":
      "POST /api/v1/participants/{participant}/ratings/{visit}",
    "POST /participants/{participant}/ratings/{visit}/call-link":
      "POST /api/v1/participants/{participant}/ratings/{visit}/call-link",
    "POST /participants/{participant}/ratings/{visit}/cancel":
      "POST /api/v1/participants/{participant}/ratings/{visit}/cancel",
    "POST /participants/{participant}/ratings/{visit}/move":
      "POST /api/v1/participants/{participant}/ratings/{visit}/move",
    "POST /participants/{participant}/transfer/decision":
      "POST /api/v1/participants/{participant}/transfer/decision",
    "POST /queries/{number}/answer": "POST /api/v1/queries/{number}/answer",
    "POST /randomization/drafts/{number}/commit":
      "POST /api/v1/randomization/drafts/{number}/commit",
    "POST /safety/{participant}/{form}/{visit}/{number}/{clock}/meet":
      "POST /api/v1/serious-events/{participant}/{form}/{visit}/{number}/clocks/{clock}/meet",
    "POST /texts/restore": "POST /api/v1/instrument-texts/{instrument}/restore",
    "POST /unblinding-report": "POST /api/v1/unblinding-reports",
  ]

  /// Every operation named here.
  static var names: Set<String> {
    Set(lists.flatMap { $0.routes.split(separator: "\n").map(String.init) }).union(byProgram.keys)
  }

  /// Whether an operation that was not reached is one that cannot be, and was told what it is to be told.
  static func explain(
    _ name: String, told refused: [String: Set<String>], reached: Set<String>
  ) -> Bool {
    if let twin = byProgram[name] { return reached.contains(twin) }
    return lists.contains { list in
      list.routes.split(separator: "\n").contains { $0 == name }
        && refused[name]?.contains { $0.hasPrefix(list.told) } == true
    }
  }
}
