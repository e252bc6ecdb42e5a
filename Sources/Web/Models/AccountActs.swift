import Conduct
import Pages
import Store
import StudyModel

/// What an administrator may do with an account.
struct AccountActs {
  let call: Call
  let account: AccountState
  let held: [GrantPeriod]
  let faults: [Pages.Fault]

  init(
    _ call: Call, _ account: AccountState, _ held: [GrantPeriod], _ faults: [Pages.Fault]
  ) {
    self.call = call
    self.account = account
    self.held = held
    self.faults = faults
  }

  private var path: String { "/accounts/\(account.username)" }

  /// The acts, or what proves who acts: once for all of them.
  func all() async throws -> [ActForm] {
    let acts =
      [give] + (held.isEmpty ? [] : [end])
      + (account.isInvited && account.isOpened ? [confirm] : []) + [reset]
      + (account.failures > 0 ? [waiting] : []) + [state]
    if call.isSecondFactorFresh { return acts }
    // A form that was sent too late stays filled in, and takes the proof itself.
    if var sent = acts.first(where: { $0.form.action == call.path }) {
      sent.authentication = try await call.secondFactorProof()
      return [sent]
    }
    return [try await Self.confirmation(call, at: path)]
  }

  static func confirmation(_ call: Call, at path: String) async throws -> ActForm {
    try await ConfirmPage.form(
      call, to: ReturnAddress(path),
      whatHappens: "Then you can change what people may do, for five minutes.",
      title: "Confirm that it is you")
  }

  private var give: ActForm {
    ActForm(
      form: call.target("\(path)/roles"), button: "Give the role",
      whatHappens: [
        "A role that knows arms across sites, and that of an administrator, waits for a second administrator.",
        "Given again, a role that is held has the new evidence from then on, and is no longer suspended.",
        "Who once knew arms is never given a blinded role again.",
      ],
      fields: Self.roleFields(call, faults), authentication: .notNeeded, title: "Give a role")
  }

  private var end: ActForm {
    ActForm(
      form: call.target("\(path)/roles/end"), button: "End the role",
      whatHappens: ["The role ends with the person's next request. Its history stays."],
      fields: [
        EntryField(
          name: "held", label: "Role",
          control: .code(
            choices: held.map { period in
              Choice(
                code: "\(period.role)/\(period.site)",
                label: call.signedIn.map {
                  AccountPages.place(period.role, period.site, $0.definition)
                } ?? period.role)
            }, selected: call.form["held"] ?? ""), fault: fault("held"))
      ], authentication: .notNeeded, title: "End a role")
  }

  private var reset: ActForm {
    let isNew = !account.isOpened
    return ActForm(
      form: call.target("\(path)/reset"), button: isNew ? "Invite again" : "Start a reset",
      whatHappens: isNew
        ? ["A new address is shown once; the earlier one stops working."]
        : [
          "An address is shown once. It works after a second administrator has confirmed the reset and said a code to the person.",
          "Nobody but the person learns or chooses the password.",
        ], authentication: .notNeeded, title: isNew ? "Invitation" : "Lost password or device")
  }

  private var confirm: ActForm {
    ActForm(
      form: call.target("\(path)/reset/confirm"), button: "Confirm the reset",
      whatHappens: [
        "You are sure, by voice or in person, that the person asked for it.",
        "A code is shown once. Say it to the person, never to the other administrator.",
      ], authentication: .notNeeded, title: "A reset waits for a second administrator")
  }

  private var waiting: ActForm {
    ActForm(
      form: call.target("\(path)/waiting-time"), button: "End the waiting time",
      whatHappens: [
        account.failures == 1
          ? "One sign-in failed. The next one is judged at once, and the count begins anew."
          : "\(account.failures) sign-ins in a row failed. The next one is judged at once, and the count begins anew.",
        "You are sure that the person, and nobody else, gave the wrong password or code.",
      ], authentication: .notNeeded, title: "Failed sign-ins")
  }

  private var state: ActForm {
    ActForm(
      form: call.target("\(path)/state"),
      button: account.isEnabled ? "Disable the account" : "Enable the account",
      whatHappens: [
        account.isEnabled
          ? "Every session ends with its next request. History and signatures stay."
          : "The person can sign in again with password and device."
      ],
      fields: [
        EntryField(
          name: "reason", label: "Reason",
          control: .text(text: call.form["reason"] ?? "", maximum: 200), fault: fault("reason"))
      ], authentication: .notNeeded, isDestructive: account.isEnabled,
      title: account.isEnabled ? "Disable" : "Enable")
  }

  private func fault(_ name: String) -> String {
    faults.first { $0.field == name }?.sentence ?? ""
  }

  /// What a role asks for: role, site and evidence.
  static func roleFields(_ call: Call, _ faults: [Pages.Fault]) -> [EntryField] {
    func fault(_ name: String) -> String { faults.first { $0.field == name }?.sentence ?? "" }
    func date(_ name: String, _ label: String, hint: String = "", isOptional: Bool = false)
      -> EntryField
    {
      EntryField(
        name: name, label: label,
        control: .date(
          DateText(
            day: call.form["\(name).day"] ?? "", month: call.form["\(name).month"] ?? "",
            year: call.form["\(name).year"] ?? "")), hint: hint, isOptional: isOptional,
        fault: fault(name))
    }
    let definition = call.signedIn?.definition
    return [
      EntryField(
        name: "role", label: "Role",
        control: .code(
          choices: (definition?.roles ?? []).filter(\.isHeldByAccount).map {
            Choice(code: $0.id.text, label: $0.title)
          },
          selected: call.form["role"] ?? ""), fault: fault("role")),
      EntryField(
        name: "site", label: "Site",
        control: .text(text: call.form["site"] ?? "", maximum: 8),
        hint: "For a role of a site only, such as 101.", isOptional: true, fault: fault("site")),
      date("trained_on", "Trained on"),
      date(
        "trained_until", "Training counts until",
        hint: "After this day the role is suspended until new evidence is given.",
        isOptional: true),
      date("delegated_on", "Delegated on"),
    ]
  }
}
