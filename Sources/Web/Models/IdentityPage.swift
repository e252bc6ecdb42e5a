import Conduct
import Pages
import Store
import StudyModel

/// Who a participant is: asked for with a purpose, shown once, kept on no page.
enum IdentityPage {
  /// Who works at a site; the act asks for the class of the vault besides.
  static let readers = Access.anyOf([.consentParticipant, .signForms, .enterForms])

  static func isOffered(to actor: Actor) -> Bool {
    switch actor.sites {
    case .site: actor.role.classes.contains(.identity) && readers.admits(actor.role)
    case .all: false
    }
  }

  static func ask(_ call: Call, faults: [Pages.Fault] = []) async throws -> ActPageModel {
    let (actor, key) = (try call.actor, try call.participant())
    guard isOffered(to: actor) else { throw ActRefusal.notFound }
    _ = try await call.installation.participant(key, as: actor)
    return ActPageModel(
      frame: call.site.frame(for: call), back: back(key), title: "Identity, \(key.text)",
      act: ActForm(
        form: call.target("/participants/\(key.text)/identity"), button: "Show the identity",
        whatHappens: [
          "You see initials, year of birth and sex as given at consent, once.",
          "That you read them, when and what for is on record.",
        ],
        fields: [
          EntryField(
            name: "purpose", label: "What for",
            control: .text(text: call.form["purpose"] ?? "", maximum: 200),
            hint: "Such as: to call about a missed visit. No name, no treatment.",
            fault: faults.first { $0.field == "purpose" }?.sentence ?? "")
        ], authentication: .notNeeded), faults: faults)
  }

  static func show(_ call: Call) async throws -> Answer {
    let key = try call.participant()
    do {
      let found = try await call.installation.identity(
        of: key, purpose: call.form["purpose"] ?? "", as: try call.actor)
      return .page(
        ActPageModel(
          frame: call.site.frame(for: call), back: back(key), title: "Identity, \(key.text)",
          notice: "That you read this is on record. The page is not kept.",
          facts: [
            Fact(name: "Initials", value: found.initials),
            Fact(name: "Year of birth", value: String(found.birthYear)),
            Fact(name: "Sex", value: found.sex, isCode: true),
          ]
        ).page())
    } catch let refusal as ActRefusal where refusal != .notFound {
      return .page(
        try await ask(call, faults: Call.faults(of: refusal)).page(),
        status: Refusals.status(of: refusal))
    }
  }

  private static func back(_ key: ParticipantKey) -> Link {
    Link(text: key.text, href: "/participants/\(key.text)")
  }
}

/// Who a participant is, as given at consent.
struct IdentityBody: Codable {
  let initials: String
  let birthYear: Int
  let sex: String

  private enum CodingKeys: String, CodingKey {
    case initials, sex
    case birthYear = "birth_year"
  }

  init(_ identity: ParticipantIdentity) {
    initials = identity.initials
    birthYear = identity.birthYear
    sex = identity.sex
  }
}
