import Conduct
import Pages
import Pictures
import StudyModel

/// A one-time link by which a participant answers a questionnaire.
enum QuestionnaireLinkPage {
  static func show(_ call: Call) async throws -> ActPageModel {
    let (form, key, visit) = try await known(call)
    let hours = try call.actor.definition.questionnaires?.openHours ?? Installation.openHours
    return ActPageModel(
      frame: call.site.frame(for: call), back: back(key, visit),
      title: "Questionnaire link, \(key.text)", lead: "\(form.title), \(visit.text)",
      act: ActForm(
        form: call.target(
          "/participants/\(key.text)/questionnaires/\(form.id.text)/\(visit.text)"),
        button: "Make the link",
        whatHappens: [
          "A link is made that can be used once, within \(hours) hours. Give it to the participant.",
          "Read out by you on the telephone: you enter what the participant says within "
            + "\(Installation.readOutHours) hours, under your name, and the answers are marked so.",
          "An earlier link that was not used stops working.",
        ],
        fields: [
          EntryField(
            name: "mode", label: "How it is answered",
            control: .code(
              choices: [
                Choice(code: "SELF", label: "By the participant, on a device"),
                Choice(code: "PHONE", label: "Read out by you on the telephone"),
              ], selected: call.form["mode"] ?? "SELF"))
        ], authentication: .notNeeded))
  }

  /// The link stands on this page only: what is stored of it is a digest.
  static func make(_ call: Call) async throws -> Answer {
    let (form, key, visit) = try await known(call)
    let link = try await call.installation.issueQuestionnaire(
      key, form.id, at: visit, isReadOut: call.form["mode"] == "PHONE", as: try call.actor)
    if call.form["mode"] == "PHONE" { return .see("/q/\(link)") }
    let address = call.address(of: "/q/\(link)")
    let model = ActPageModel(
      frame: call.site.frame(for: call), back: back(key, visit),
      title: "Questionnaire link, \(key.text)", lead: "\(form.title), \(visit.text)",
      notice: "This link is shown once. Give it to the participant, or open it on their device.",
      handOut: HandOut(
        label: "Address of the questionnaire", address: address, picture: QRCode(address),
        open: Link(text: "Open it on this device", href: "/q/\(link)")))
    return .page(model.page())
  }

  private static func back(_ key: ParticipantKey, _ visit: VisitCode) -> Link {
    Link(
      text: "\(visit.text) of \(key.text)", href: "/participants/\(key.text)/visits/\(visit.text)")
  }

  private static func known(_ call: Call) async throws -> (Form, ParticipantKey, VisitCode) {
    let actor = try call.actor
    let key = try call.participant()
    let visit = try call.visit()
    let id = try call.formID()
    _ = try await call.installation.participant(key, as: actor)
    guard
      let form = call.installation.questionnaires(actor.definition, at: visit)
        .first(where: { $0.id == id })
    else { throw ActRefusal.notFound }
    return (form, key, visit)
  }
}
