import Conduct
import Foundation
import Pages
import Store
import StudyModel

/// A new participant: the identity that is compared by digest, and the consent.
enum ConsentPage {
  private static let identity = ["initials", "birth_year", "sex"]

  static func show(
    _ call: Call, boxes: FormFields? = nil, faults: [Pages.Fault] = []
  ) async throws -> NewParticipantModel {
    let actor = try call.actor
    guard let form = call.installation.consentForm(actor.definition) else {
      throw ActRefusal.notFound
    }
    let clock = try SiteClock(zone: call.site.zone(of: actor))
    let today = clock.date(at: call.installation.clock.now)
    let filled = boxes ?? EntryControls.first(form, actor, today: today)
    var controls = EntryControls(form: form, actor: actor, boxes: filled)
    for fault in faults where controls.faults[fault.field] == nil {
      controls.faults[fault.field] = fault.sentence
    }
    return NewParticipantModel(
      frame: call.site.frame(for: call),
      back: Link(text: "Participants", href: "/participants"), site: site(actor),
      fields: identityFields(filled, controls.faults) + answered(controls.sections),
      faults: faults, form: call.target("/participants"),
      consentInForce: version(form, actor.definition))
  }

  /// A consent is answered in full: no field of it may stay without a value.
  private static func answered(_ sections: [FieldSection]) -> [EntryField] {
    sections.flatMap(\.fields).map { field in
      var field = field
      field.missing = nil
      return field
    }
  }

  private static func site(_ actor: Actor) -> String {
    guard case .site(let key) = actor.sites else { return "" }
    return "Site \(key) \(actor.definition.site(key)?.title ?? "")"
  }

  /// The last version of the list of the field that the precondition on consent compares.
  private static func version(_ form: Form, _ definition: StudyDefinition) -> String {
    for precondition in definition.randomization.preconditions {
      guard case .consentInForce(_, let field) = precondition.kind,
        case .code(let items)? = form.field(field)?.type
      else { continue }
      return items.last?.code ?? ""
    }
    return ""
  }

  private static func identityFields(
    _ boxes: FormFields, _ faults: [String: String]
  ) -> [EntryField] {
    [
      EntryField(
        name: "initials", label: "Initials",
        control: .text(text: boxes["initials"] ?? "", maximum: 3),
        hint: "Two or three letters. Kept sealed; used to notice a person enrolled before.",
        fault: faults["initials"] ?? ""),
      EntryField(
        name: "birth_year", label: "Birth year",
        control: .integer(text: boxes["birth_year"] ?? "", size: 4),
        fault: faults["birth_year"] ?? ""),
      EntryField(
        name: "sex", label: "Sex",
        control: .code(
          choices: [
            Choice(code: "F", label: "Female"), Choice(code: "M", label: "Male"),
            Choice(code: "I", label: "Intersex"), Choice(code: "U", label: "Not stated"),
          ], selected: boxes["sex"] ?? ""), fault: faults["sex"] ?? ""),
    ]
  }

  static func save(_ call: Call) async throws -> Answer {
    let actor = try call.actor
    guard let form = call.installation.consentForm(actor.definition) else {
      throw ActRefusal.notFound
    }
    let clock = try SiteClock(zone: call.site.zone(of: actor))
    let boxes = call.form
    let consent = FilledFields(form: form, clock: clock).answers(of: boxes)
    do {
      let key = try await call.installation.consent(
        ConsentRequest(
          initials: (boxes["initials"] ?? "").trimmingCharacters(in: .whitespaces).uppercased(),
          birthYear: Int(boxes["birth_year"] ?? "") ?? 0, sex: boxes["sex"] ?? "",
          consent: consent), as: actor)
      return .see("/participants/\(key.text)?note=consented")
    } catch ActRefusal.invalid(let faults) {
      // The identity is judged before the form: whoever mends one is told of both.
      let context = EntryContext(
        siteToday: clock.date(at: call.installation.clock.now), now: call.installation.clock.now,
        isSubmission: true, clocks: actor.definition.formulaClocks(at: clock))
      let others = check(consent, in: form, context).filter { $0.kind == .hard }.map {
        Pages.Fault(field: $0.field?.text ?? "", sentence: $0.sentence)
      }
      let all = faults.map(\.shown)
      let told = (all + others.filter { !all.contains($0) }).map(inFull)
      let model = try await show(call, boxes: boxes, faults: told)
      return .page(model.page(), status: 422)
    }
  }

  /// A consent has no boxes for reasons, and no sentence asks for one.
  private static func inFull(_ fault: Pages.Fault) -> Pages.Fault {
    Pages.Fault(
      field: fault.field,
      sentence: fault.sentence.replacing(
        FormEntryWords.unanswered, with: "there is no answer yet."))
  }
}
