import Conduct
import Pages
import Store
import StudyModel

/// One's own account: sessions, password, recovery codes.
enum OwnAccountPages {
  static func show(_ call: Call, faults: [Pages.Fault] = []) async throws -> OwnAccountModel {
    let session = try session(call)
    let own = try await call.installation.ownAccount(session, token: call.token ?? [])
    let address = try await call.installation.letterAddress(of: session.user)
    let zone = call.signedIn.map(call.site.zone) ?? Times.zoneOfNoStudy
    return OwnAccountModel(
      frame: call.site.frame(for: call),
      facts: [
        Fact(name: "Name", value: session.fullName),
        Fact(name: "User name", value: session.username, isCode: true),
        Fact(
          name: "Roles",
          value: try await call.installation.titled(own.grants).map {
            "\($0.title)\($0.site == "*" ? "" : " at \($0.site)") in \($0.trial)"
          }.joined(separator: "; ")),
        Fact(name: "Recovery codes left", value: String(own.recoveryCodesLeft)),
      ],
      sessions: own.sessions.map { one in
        OwnSessionRow(words: words(one, zone), isThis: one.name == own.current)
      }, passwordForm: call.target("/account/password"),
      codesForm: ActForm(
        form: call.target("/account/recovery-codes"), button: "Make new recovery codes",
        whatHappens: ["Ten new codes are shown once."],
        cannotBeUndone: "The codes you have now stop working.",
        authentication: try await call.bothProofs(), title: "Recovery codes"),
      lettersForm: ActForm(
        form: call.target("/account/letters"), button: "Save the address",
        whatHappens: [
          call.installation.sendsLetters
            ? "When an alert waits for you, a letter goes there that says that something waits, and nothing else."
            : "This server sends no letters. An address is kept for when it does."
        ],
        fields: [
          EntryField(
            name: "address", label: "Address for letters",
            control: .text(text: call.form["address"] ?? address, maximum: 254),
            hint: "Leave it empty to get none.", isOptional: true,
            fault: faults.first { $0.field == "address" }?.sentence ?? "")
        ], authentication: .notNeeded, title: "Letters"),
      zoneForm: zoneForm(
        try await call.installation.chosenZone(of: session.user) ?? "", call, faults),
      passkeys: try await PasskeyPages.rows(call, session),
      newPasskey: Link(text: "Add a passkey", href: "/account/passkeys/new"),
      provider: try await ProviderPages.row(call, session),
      notice: call.lacksPasskey ? ActRefusal.passkeyNeeded.sentence : "",
      signOut: call.lacksPasskey ? call.target("/sign-out") : nil,
      endForm: endForm(call, own, zone, faults), faults: faults)
  }

  /// What a session is called on the page: enough of its name to tell a person's own apart.
  private static func short(_ one: OwnSession) -> String { String(one.name.prefix(4)) }

  private static func words(_ one: OwnSession, _ zone: String) -> String {
    "Since \(Times.full(one.began, zone)), last used \(Times.full(one.seen, zone))"
  }

  private static func endForm(
    _ call: Call, _ own: Installation.OwnAccount, _ zone: String, _ faults: [Pages.Fault]
  ) -> ActForm? {
    let others = own.sessions.filter { $0.name != own.current }
    guard !others.isEmpty else { return nil }
    func fault(_ name: String) -> String { faults.first { $0.field == name }?.sentence ?? "" }
    return ActForm(
      form: call.target("/account/sessions/end"), button: "End the session",
      whatHappens: ["Whoever uses it is signed out with the next request."],
      fields: [
        EntryField(
          name: "session", label: "Which one",
          control: .code(
            choices: others.map { Choice(code: short($0), label: words($0, zone)) },
            selected: call.form["session"] ?? ""),
          fault: fault("session")),
        EntryField(
          name: "proof", label: "Your password", control: .password, fault: fault("proof")),
      ], authentication: .notNeeded, title: "End another session")
  }

  private static func zoneForm(
    _ zone: String, _ call: Call, _ faults: [Pages.Fault]
  ) -> ActForm {
    ActForm(
      form: call.target("/account/zone"), button: "Save the time zone",
      whatHappens: ["A rater reads the times of ratings in it. Sites keep the time of their own."],
      fields: [
        EntryField(
          name: "zone", label: "Your time zone",
          control: .text(text: call.form["zone"] ?? zone, maximum: 60),
          hint: "Such as Europe/Madrid or America/New_York. Leave it empty for that of the "
            + "coordinating centre.", isOptional: true,
          fault: faults.first { $0.field == "zone" }?.sentence ?? "")
      ], authentication: .notNeeded, title: "Time zone")
  }

  static func setZone(_ call: Call) async throws -> Answer {
    let session = try session(call)
    do {
      try await call.installation.chooseZone(call.form["zone"] ?? "", of: session.user)
      return .see("/account?note=zone")
    } catch let refusal as ActRefusal {
      return .page(
        try await show(call, faults: Call.faults(of: refusal)).page(),
        status: Refusals.status(of: refusal))
    }
  }

  static func setAddress(_ call: Call) async throws -> Answer {
    let session = try session(call)
    do {
      try await call.installation.setLetterAddress(
        call.form["address"] ?? "", of: session.user)
      return .see("/account?note=letters")
    } catch let refusal as ActRefusal {
      return .page(
        try await show(call, faults: Call.faults(of: refusal)).page(),
        status: Refusals.status(of: refusal))
    }
  }

  static func endSession(_ call: Call) async throws -> Answer {
    let session = try session(call)
    let own = try await call.installation.ownAccount(session, token: call.token ?? [])
    let chosen = own.sessions.filter { short($0) == call.form["session"] ?? "" }
    guard chosen.count == 1, let name = chosen.first?.name else {
      let fault = Pages.Fault(field: "session", sentence: "Choose the session that is to end.")
      return .page(try await show(call, faults: [fault]).page(), status: 422)
    }
    do {
      try await call.installation.endOwnSession(
        name, password: call.form["proof"] ?? "", of: session)
      return .see("/account?note=session-ended")
    } catch let refusal as ActRefusal where refusal == .authenticationFailed {
      let fault = Pages.Fault(field: "proof", sentence: refusal.sentence)
      return .page(
        try await show(call, faults: [fault]).page(), status: Refusals.status(of: refusal))
    }
  }

  static func changePassword(_ call: Call) async throws -> Answer {
    let session = try session(call)
    do {
      let renewed = try await call.installation.changePassword(
        from: call.form["old"] ?? "", to: call.form["new"] ?? "",
        repeated: call.form["repeated"] ?? "", of: session, token: call.token ?? [])
      return .see("/account?note=password-changed", in: renewed)
    } catch let refusal as ActRefusal {
      let faults = Call.faults(of: refusal).map { fault in
        Pages.Fault(
          field: fault.field == "password" ? "old" : fault.field, sentence: fault.sentence)
      }
      return .page(
        try await show(call, faults: faults).page(), status: Refusals.status(of: refusal))
    }
  }

  static func renewCodes(_ call: Call) async throws -> Answer {
    let session = try session(call)
    do {
      let codes = try await call.installation.renewRecoveryCodes(
        password: call.form["password"] ?? "", code: call.form["one_time_code"] ?? "", of: session,
        token: call.token ?? [])
      return .page(
        RecoveryCodesModel(
          frame: call.site.frame(for: call), codes: codes.map(\.description),
          next: Link(text: "Your account", href: "/account")
        ).page())
    } catch let refusal as ActRefusal {
      return .page(
        try await show(call, faults: Call.faults(of: refusal)).page(),
        status: Refusals.status(of: refusal))
    }
  }

  private static func session(_ call: Call) throws -> StoredSession {
    guard let session = call.session, session.isComplete else { throw ActRefusal.notFound }
    return session
  }
}
