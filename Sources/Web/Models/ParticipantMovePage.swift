import Conduct
import Pages
import Store
import StudyModel

/// The steps of participation a person takes: failed screening, end, loss and return of contact, death.
enum ParticipantMovePage {
  static func show(_ call: Call, faults: [Pages.Fault] = []) async throws -> ActPageModel {
    let actor = try call.actor
    let key = try call.participant()
    let participant = try await call.installation.participant(key, as: actor)
    let steps = steps(from: participant.state, actor)
    return ActPageModel(
      frame: call.site.frame(for: call),
      back: Link(text: key.text, href: "/participants/\(key.text)"),
      title: "Participation of \(key.text)",
      notice: steps.isEmpty ? "From this state nothing is left to record here." : "",
      facts: [Fact(name: "State", value: CasebookView.chip(state: participant.state).words)],
      act: steps.isEmpty ? nil : act(call, key, steps, faults), faults: faults)
  }

  /// The steps open to this role from a state, each with what it needs.
  static func steps(from state: String, _ actor: Actor) -> [Choice] {
    guard let state = ParticipantState(rawValue: state) else { return [] }
    var steps: [Choice] = []
    if actor.role.can(.consentParticipant) {
      switch state {
      case .screening:
        steps.append(
          Choice(code: "screen_failed", label: "Screening failed: a criterion is not met"))
      case .eligible:
        steps.append(Choice(code: "not_randomized", label: "Not randomized, with a reason"))
      case .randomized, .followed:
        steps.append(Choice(code: "completed", label: "Completed: the last visit is done"))
        let attempts =
          actor.definition.contactsBeforeLoss(from: state.rawValue)?.words
          ?? "an attempt to reach them"
        steps.append(Choice(code: "lost", label: "Lost to follow-up, after \(attempts)"))
      case .lost: steps.append(Choice(code: "followed", label: "Contact regained, with a reason"))
      case .consented, .screenFailed, .notRandomized, .completed, .withdrawn, .died: break
      }
    }
    if actor.role.can(.signForms), !state.isEnd {
      steps.append(Choice(code: "died", label: "Died, with the date"))
    }
    return steps
  }

  private static func act(
    _ call: Call, _ key: ParticipantKey, _ steps: [Choice], _ faults: [Pages.Fault]
  ) -> ActForm {
    func fault(_ name: String) -> String { faults.first { $0.field == name }?.sentence ?? "" }
    let codes = Set(steps.map(\.code))
    var fields = [
      EntryField(
        name: "to", label: "What is to be recorded",
        control: .code(choices: steps, selected: call.form["to"] ?? ""), fault: fault("to"))
    ]
    if !codes.isDisjoint(with: ["not_randomized", "followed"]) {
      fields.append(
        EntryField(
          name: "reason", label: "Reason",
          control: .text(text: call.form["reason"] ?? "", maximum: 200), isOptional: true,
          fault: fault("reason")))
    }
    if codes.contains("lost") {
      fields.append(
        EntryField(
          name: "attempts", label: "Attempts to reach the participant",
          control: .text(text: call.form["attempts"] ?? "", maximum: 300),
          hint: "Dates with a channel each, such as 2027-01-04 phone;2027-01-12 letter.",
          isOptional: true, fault: fault("attempts")))
    }
    if codes.contains("died") {
      fields.append(
        EntryField(
          name: "date", label: "Date of death",
          control: .date(
            DateText(
              day: call.form["date.day"] ?? "", month: call.form["date.month"] ?? "",
              year: call.form["date.year"] ?? "")), isOptional: true, fault: fault("date")))
    }
    return ActForm(
      form: call.target("/participants/\(key.text)/move"), button: "Record for \(key.text)",
      whatHappens: [
        "The step is checked against the protocol and stands in the history.",
        "Withdrawal is recorded on its own form. Stopping treatment does not end participation.",
      ], fields: fields, authentication: .notNeeded)
  }

  static func move(_ call: Call) async throws -> Answer {
    let key = try call.participant()
    return try await call.act {
      try await call.installation.moveParticipant(
        key,
        try MoveBody.move { name in
          name == "date" ? typedDate(call) : call.form[name] ?? ""
        }, as: try call.actor)
      return "/participants/\(key.text)?note=moved"
    } orShow: { faults in
      try await show(call, faults: faults).page()
    }
  }

  private static func typedDate(_ call: Call) -> String {
    func part(_ name: String, _ length: Int) -> String {
      let text = call.form["date.\(name)"] ?? ""
      return String(repeating: "0", count: max(0, length - text.count)) + text
    }
    return "\(part("year", 4))-\(part("month", 2))-\(part("day", 2))"
  }
}
