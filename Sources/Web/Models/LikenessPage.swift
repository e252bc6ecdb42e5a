import Conduct
import Pages
import StudyModel

/// The investigator's judgement that a participant is not a person enrolled before.
enum LikenessPage {
  static func show(_ call: Call, faults: [Pages.Fault] = []) async throws -> ActPageModel {
    let actor = try call.actor
    let key = try call.participant()
    _ = try await call.installation.participant(key, as: actor)
    return ActPageModel(
      frame: call.site.frame(for: call),
      back: Link(text: key.text, href: "/participants/\(key.text)"),
      title: "Judge a likeness, \(key.text)",
      act: ActForm(
        form: call.target("/participants/\(key.text)/likeness"),
        button: "Record another person, \(key.text)",
        whatHappens: [
          "When initials, birth year and sex agree with somebody enrolled before, randomization "
            + "waits for this judgement.",
          "You record that you compared the identity and that this is another person.",
        ],
        fields: [
          EntryField(
            name: "reason", label: "How you know",
            control: .text(text: call.form["reason"] ?? "", maximum: 200),
            hint: "Such as: identity card compared. No name.",
            fault: faults.first { $0.field == "reason" }?.sentence ?? "")
        ], authentication: .notNeeded), faults: faults)
  }

  static func judge(_ call: Call) async throws -> Answer {
    let key = try call.participant()
    do {
      try await call.installation.resolveLikeness(
        key, reason: call.form["reason"] ?? "", as: try call.actor)
    } catch ActRefusal.reasonMissing {
      let fault = Pages.Fault(
        field: "reason", sentence: "Say how you know that it is another person.")
      return .page(try await show(call, faults: [fault]).page(), status: 422)
    }
    return .see("/participants/\(key.text)?note=saved")
  }
}
