import Conduct
import Pages
import Store
import StudyModel

/// A signed correction beside what a participant or rater reported.
enum CorrectionPage {
  static func show(_ call: Call, faults: [Pages.Fault] = []) async throws -> ActPageModel {
    let page = try await FormEntryPage(call)
    guard page.actor.corrects(page.form), page.entry.isSubmitted else { throw ActRefusal.notFound }
    let (place, entry) = (page.place, page.entry)
    func fault(_ name: String) -> String { faults.first { $0.field == name }?.sentence ?? "" }
    func text(_ name: String, _ label: String, _ hint: String) -> EntryField {
      EntryField(
        name: name, label: label, control: .text(text: call.form[name] ?? "", maximum: 500),
        hint: hint, fault: fault(name))
    }
    let fields = page.form.fields.filter { !$0.isCalculated }
    return ActPageModel(
      frame: call.site.frame(for: call),
      back: Link(text: page.form.title, href: place.address()),
      title: "Correction beside \(place.title(page.form))",
      notice: "What was reported is changed by its author alone. It stays as it is, and shown.",
      facts: [
        Fact(name: "Version", value: String(entry.version)),
        Fact(
          name: "Reported by", value: entry.author.isEmpty ? "the participant" : entry.author),
        Fact(name: "You", value: "\(page.actor.fullName), \(page.actor.role.title)"),
      ],
      act: ActForm(
        form: call.target(place.address("correction"), version: entry.version),
        button: "Sign the correction",
        whatHappens: [
          Installation.correctionMeaning,
          "It stands beside this version, is exported as a table of its own, and is void as soon as the "
            + "author changes the form. No score is worked out from it.",
        ],
        fields: [
          EntryField(
            name: "field", label: "Which answer",
            control: .code(
              choices: fields.map { Choice(code: $0.id.text, label: $0.label) },
              selected: call.form["field"] ?? ""), fault: fault("field")),
          text(
            "value", "What the evidence shows", "As the form takes it: a number, a code, a date."),
          text("reason", "Why", "Such as: the wrong box was ticked."),
          text(
            "evidence", "What shows it",
            "By its reference: a recording, a letter, a note of a call."),
        ], authentication: try await call.signatureProof()), faults: faults)
  }

  static func sign(_ call: Call) async throws -> Answer {
    let place = try EntryPlace(call)
    return try await call.act {
      _ = try await call.installation.correctReported(
        try call.participant(), place.form, place.visit, number: place.number,
        version: Int(call.form["_version"] ?? "") ?? 0,
        ReportedCorrection(
          field: try FieldID(parsing: call.form["field"] ?? "none"),
          value: call.form["value"] ?? "",
          reason: call.form["reason"] ?? "", evidence: call.form["evidence"] ?? ""),
        as: try await call.freshActor())
      return "\(place.address())\(place.address().contains("?") ? "&" : "?")note=corrected"
    } orShow: { faults in
      try await show(call, faults: faults).page()
    }
  }

  static func shown(
    _ correction: StoredCorrection, _ field: Field, _ zone: String
  ) -> FieldCorrection {
    let value =
      switch field.type {
      case .code(let items):
        items.first { $0.code == correction.corrected }?.label ?? correction.corrected
      case .integer, .decimal, .boolean, .multi, .date, .partialDate, .time, .dateTime, .text,
        .userReference, .calculated:
        correction.corrected
      }
    let void =
      correction.voidedAt.map { "\(correction.voidedBecause) on \(Times.full($0, zone))" } ?? ""
    return FieldCorrection(
      value: value,
      words: "correction \(correction.number) of version \(correction.version), signed "
        + "\(Times.full(correction.at, zone)) by \(correction.name) (\(correction.role)): "
        + "\(correction.reason); evidence: \(correction.evidence)", void: void)
  }
}

/// A correction as a program reads it.
struct CorrectionBody: Codable {
  let number: Int
  let field: String
  let version: Int
  let corrected: String
  let reason: String
  let evidence: String
  let name: String
  let role: String
  let meaning: String
  let at: String
  /// Empty while it counts.
  let voidedAt: String
  /// changed, corrected again or removed; empty while it counts.
  let voidedBecause: String

  init(_ correction: StoredCorrection) {
    number = correction.number
    field = correction.field
    version = correction.version
    corrected = correction.corrected
    reason = correction.reason
    evidence = correction.evidence
    name = correction.name
    role = correction.role
    meaning = correction.meaning
    at = correction.at.description
    voidedAt = correction.voidedAt?.description ?? ""
    voidedBecause = correction.voidedBecause
  }
}
