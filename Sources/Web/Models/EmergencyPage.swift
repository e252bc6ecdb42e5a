import Conduct
import Pages
import StudyModel

/// Opening one participant's arm: one page, one act, the arm on the answering page.
enum EmergencyPage {
  static func show(_ call: Call, faults: [Pages.Fault] = []) async throws -> ActPageModel {
    let actor = try call.actor
    let isEmergency = actor.role.can(.emergencyUnblinding)
    return ActPageModel(
      frame: call.site.frame(for: call), back: Link(text: "Home", href: "/"),
      title: isEmergency ? "Open one allocation now" : "Open one allocation for a report",
      act: ActForm(
        form: call.target("/emergency"), button: "Open this participant's allocation",
        whatHappens: [
          "The arm of this one participant is shown to you, once. Everybody else stays closed.",
          isEmergency
            ? "Who, when, whose and why are recorded for ever. The investigator of the site and the "
              + "medical monitor are told that it happened, not the arm."
            : "Who, when, whose and why are recorded for ever.",
        ],
        compared: "I have compared the key with the participant's card or record.",
        fields: fields(call, isEmergency: isEmergency, faults),
        authentication: try await call.secondFactorProof(),
        isDestructive: true), faults: faults)
  }

  private static func fields(
    _ call: Call, isEmergency: Bool, _ faults: [Pages.Fault]
  ) -> [EntryField] {
    func fault(_ name: String) -> String { faults.first { $0.field == name }?.sentence ?? "" }
    let participant = EntryField(
      name: "participant", label: "Participant key",
      control: .text(text: call.form["participant"] ?? "", maximum: 8), hint: "Such as 101-0001.",
      fault: fault("participant"))
    let ground = EntryField(
      name: "ground", label: "Ground",
      control: .code(
        choices: DisclosureGround.ofEmergency.map { Choice(code: $0.rawValue, label: $0.title) },
        selected: call.form["ground"] ?? ""), fault: fault("ground"))
    let number = EntryField(
      name: "event_number", label: "Number of the serious event",
      control: .text(text: call.form["event_number"] ?? "", maximum: 40),
      fault: fault("event_number"))
    let reason = EntryField(
      name: "reason", label: "Reason",
      control: .text(text: call.form["reason"] ?? "", maximum: 500),
      hint: "In a few words, without a name.", fault: fault("reason"))
    return [participant, isEmergency ? ground : number, reason]
  }

  static func open(_ call: Call) async throws -> Answer {
    try await call.provenAnswer { call in
      let actor = try call.actor
      guard let participant = try? ParticipantKey(parsing: call.form["participant"] ?? "") else {
        throw ActRefusal.invalid([
          Conduct.Fault(
            field: "participant", code: "bad_key",
            sentence: "A participant key is such as 101-0001. Nothing was opened.")
        ])
      }
      guard call.form["compared"] == "Y" else {
        throw ActRefusal.invalid([
          Conduct.Fault(
            field: "compared", code: "not_compared",
            sentence: "Compare the key with the participant's card, and say so. Nothing was opened."
          )
        ])
      }
      let opened = try await call.installation.disclose(
        DisclosureRequest(
          participant: participant, ground: call.form["ground"] ?? "",
          reason: call.form["reason"] ?? "", eventNumber: call.form["event_number"] ?? "",
          channel: .page), as: actor)
      // Answered directly and kept nowhere; no address leads to it again.
      return .page(page(opened, call, actor).page())
    } orShow: { call, faults in
      try await show(call, faults: faults).page()
    }
  }

  private static func page(_ opened: DisclosedArm, _ call: Call, _ actor: Actor) -> DisclosedModel {
    let zone =
      (try? SiteKey(parsing: opened.participant.siteText)).flatMap(actor.definition.site)?.timeZone
      ?? call.site.zone(of: actor)
    return DisclosedModel(
      frame: call.site.frame(for: call), back: Link(text: "Open another", href: "/emergency"),
      key: opened.participant.text, shown: Times.full(opened.at, zone),
      armName: opened.arm.title, armDetail: "Arm \(opened.arm.code)",
      proof: [
        Fact(name: "Ledger entry", value: String(opened.entry)),
        Fact(name: "Seal in that entry", value: opened.seal, isCode: true),
        Fact(name: "Seal key", value: opened.sealKey, isCode: true),
      ],
      check: "printf %s 'arm/v1\(opened.arm.code)' | openssl dgst -sha256 -mac HMAC "
        + "-macopt hexkey:\(opened.sealKey)",
      told: actor.role.can(.emergencyUnblinding)
        ? "The investigator of the site and the medical monitor are told that you opened it."
        : "That you opened it is recorded.")
  }
}
