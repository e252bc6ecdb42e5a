import Conduct
import Pages
import Store
import StudyModel

/// Who a participant is: asked for with a purpose, shown once, kept on no page.
enum IdentityPage {
  /// Who works at a site; the act asks for the class of the vault besides.
  static let readers = Access.anyOf([.consentParticipant, .signForms, .enterForms])

  static func isOffered(to actor: Actor) -> Bool {
    actor.readsIdentity && readers.admits(actor.role)
  }

  static func ask(_ call: Call, faults: [Pages.Fault] = []) async throws -> ActPageModel {
    let (actor, key) = (try call.actor, try call.participant())
    guard isOffered(to: actor) else { throw ActRefusal.notFound }
    _ = try await call.installation.participant(key, as: actor)
    let form = actor.definition.identityForm
    let version =
      form == nil ? 0 : try await call.installation.identityVersion(of: key, as: actor)
    return ActPageModel(
      frame: call.site.frame(for: call), back: back(key), title: "Identity, \(key.text)",
      facts: form.map {
        [Fact(name: $0.title, value: version == 0 ? "not recorded" : "version \(version)")]
      } ?? [],
      act: ActForm(
        form: call.target("/participants/\(key.text)/identity"), button: "Show the identity",
        whatHappens: [
          version == 0
            ? "You see initials, year of birth and sex as given at consent, once."
            : "You see what is recorded of this person, once.",
          "That you read it, when and what for is on record.",
        ],
        fields: [
          EntryField(
            name: "purpose", label: "What for",
            control: .text(text: call.form["purpose"] ?? "", maximum: 200),
            hint: "Such as: to call about a missed visit. No name, no treatment.",
            fault: faults.first { $0.field == "purpose" }?.sentence ?? "")
        ], authentication: .notNeeded),
      links: version == 0 && actor.writesIdentity
        ? [Link(text: "Record names and contacts", href: "\(address(key))/record")] : [],
      faults: faults)
  }

  static func show(_ call: Call) async throws -> Answer {
    let (actor, key) = (try call.actor, try call.participant())
    do {
      let found = try await call.installation.identity(
        of: key, purpose: call.form["purpose"] ?? "", as: actor)
      var act: ActForm?
      if let form = found.form, found.version > 0, actor.writesIdentity {
        let boxes = try IdentityRecordPage.filled(form, call).boxes(of: found.answers)
        act = try IdentityRecordPage.act(form, boxes, version: found.version, call)
      }
      return .page(
        ActPageModel(
          frame: call.site.frame(for: call), back: back(key), title: "Identity, \(key.text)",
          notice: "That you read this is on record. The page is not kept.",
          facts: facts(found, call.site.zone(of: actor)), act: act
        ).page())
    } catch let refusal as ActRefusal where refusal != .notFound {
      return .page(
        try await ask(call, faults: Call.faults(of: refusal)).page(),
        status: Refusals.status(of: refusal))
    }
  }

  /// What was given at consent, what stands, and what each correction changed.
  private static func facts(_ found: ParticipantIdentity, _ zone: String) -> [Fact] {
    var facts = [
      Fact(name: "Initials", value: found.initials),
      Fact(name: "Year of birth", value: String(found.birthYear)),
      Fact(name: "Sex", value: found.sex, isCode: true),
    ]
    guard let form = found.form else { return facts }
    for field in form.fields {
      guard let answer = found.answers[field.id] else { continue }
      facts.append(Fact(name: field.label, value: words(answer)))
    }
    for (before, version) in zip(found.versions, found.versions.dropFirst()).reversed() {
      let changes = form.fields.filter { before.answers[$0.id] != version.answers[$0.id] }.map {
        let old = before.answers[$0.id].map(words) ?? "nothing"
        return "\($0.label): \(old) → \(version.answers[$0.id].map(words) ?? "nothing")"
      }
      facts.append(
        Fact(
          name: "Version \(version.number), \(Times.full(version.at, zone))",
          value: changes.joined(separator: "; ") + ". Reason: \(version.reason)"))
    }
    return facts
  }

  private static func words(_ answer: FieldAnswer) -> String {
    switch answer {
    case .value(let text): text
    case .missing(let code, let reason): "no value, \(code.rawValue) \(reason ?? "")"
    }
  }

  static func back(_ key: ParticipantKey) -> Link {
    Link(text: key.text, href: "/participants/\(key.text)")
  }

  static func address(_ key: ParticipantKey) -> String { "/participants/\(key.text)/identity" }
}

/// Who a participant is.
struct IdentityBody: Codable {
  let initials: String
  let birthYear: Int
  let sex: String
  /// Of the form that names the participant, 0 while it is not filled in.
  let version: Int
  /// Its answers by field, without those there are none for.
  let answers: [String: String]

  private enum CodingKeys: String, CodingKey {
    case initials, sex, version, answers
    case birthYear = "birth_year"
  }

  init(_ identity: ParticipantIdentity) {
    initials = identity.initials
    birthYear = identity.birthYear
    sex = identity.sex
    version = identity.version
    answers = Dictionary(
      identity.answers.compactMap { field, answer in answer.text.map { (field.text, $0) } },
      uniquingKeysWith: { first, _ in first })
  }
}
