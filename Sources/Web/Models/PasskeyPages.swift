import Conduct
import Foundation
import Pages
import Passkeys
import Store
import StudyModel

/// One's own passkeys: adding, naming, removing, signing in with one.
enum PasskeyPages {
  // MARK: Signing in

  /// The act that gives a passkey instead of the code; nil for who has none here.
  static func signInAct(_ call: Call) async throws -> ActForm? {
    guard let session = call.session,
      try await call.installation.hasPasskey(session.user, at: call.party)
    else { return nil }
    return ActForm(
      form: call.signInTarget("/sign-in/passkey"), button: "Use a passkey",
      whatHappens: [
        "Your browser asks the device or security key that keeps it, and that checks that it is you."
      ], authentication: .notNeeded, title: "Passkey", passkey: .signIn)
  }

  // MARK: The own account

  static func rows(_ call: Call, _ session: StoredSession) async throws -> [OwnPasskeyRow] {
    let zone = call.signedIn.map(call.site.zone) ?? Times.zoneOfNoStudy
    return try await call.installation.ownPasskeys(session).map { passkey in
      let used = passkey.usedAt.map { "last used \(Times.full($0, zone))" } ?? "not used yet"
      return OwnPasskeyRow(
        name: passkey.name, words: "Added \(Times.full(passkey.madeAt, zone)), \(used)",
        open: Link(
          text: "Rename or remove", href: "/account/passkeys/\(passkey.id)", context: passkey.name)
      )
    }
  }

  static func new(_ call: Call, faults: [Pages.Fault] = []) async throws -> ActPageModel {
    _ = try call.ownSession
    let isPossible = call.party != nil
    return ActPageModel(
      frame: call.site.frame(for: call), back: back, title: "Add a passkey",
      lead: "Your device or security key makes it, after it has checked that it is you.",
      notice: isPossible
        ? "" : "Passkeys are made for a name. Ask for this server by its name, not by its address.",
      act: isPossible
        ? ActForm(
          form: call.target("/account/passkeys"), button: "Add the passkey",
          whatHappens: [
            "Your browser asks the device. From then on the passkey stands in for the one-time code.",
            "Your other sessions end.",
          ],
          fields: [
            field("name", "Name", call.form["name"] ?? "", hint: "The device it is on.", faults)
          ], authentication: try await call.bothProofs(), title: "",
          passkey: .add) : nil, faults: faults)
  }

  static func add(_ call: Call) async throws -> Answer {
    try await call.answer {
      let renewed = try await call.installation.addPasskey(
        PasskeyRegistration(
          clientData: Base64URL.bytes(call.form["passkey_client"] ?? "") ?? [],
          attestation: Base64URL.bytes(call.form["passkey_attestation"] ?? "") ?? []),
        named: call.form["name"] ?? "", password: call.form["password"] ?? "",
        code: call.form["one_time_code"] ?? "", of: try call.ownSession, token: call.token ?? [],
        at: try call.needParty())
      return .see("/account?note=passkey-added", in: renewed)
    } orShow: {
      try await new(call, faults: $0).page()
    }
  }

  static func one(_ call: Call, faults: [Pages.Fault] = []) async throws -> PasskeyModel {
    let passkey = try await own(call)
    let proofs = try await call.bothProofs()
    let zone = call.signedIn.map(call.site.zone) ?? Times.zoneOfNoStudy
    let address = "/account/passkeys/\(passkey.id)"
    return PasskeyModel(
      frame: call.site.frame(for: call), back: back, name: passkey.name,
      facts: [
        Fact(name: "Added", value: Times.full(passkey.madeAt, zone)),
        Fact(
          name: "Last used", value: passkey.usedAt.map { Times.full($0, zone) } ?? "not yet"),
        Fact(name: "Made for", value: passkey.server, isCode: true),
        Fact(
          name: "Kept",
          value: passkey.mayBeBackedUp ? "perhaps on several devices" : "on one device"),
      ],
      rename: ActForm(
        form: call.target("\(address)/name"), button: "Rename it", whatHappens: [],
        fields: [field("name", "Name", call.form["name"] ?? passkey.name, hint: "", faults)],
        authentication: .notNeeded, title: "Name"),
      remove: ActForm(
        form: call.target("\(address)/remove"), button: "Remove it",
        whatHappens: ["Your other sessions end. The one-time code goes on working."],
        cannotBeUndone: "A removed passkey does not come back. You can add a new one.",
        authentication: proofs, isDestructive: true, title: "Remove this passkey"),
      faults: faults)
  }

  static func rename(_ call: Call) async throws -> Answer {
    let passkey = try await own(call)
    return try await call.act {
      try await call.installation.renamePasskey(
        passkey.id, to: call.form["name"] ?? "", of: try call.ownSession)
      return "/account?note=passkey-renamed"
    } orShow: {
      try await one(call, faults: $0).page()
    }
  }

  static func remove(_ call: Call) async throws -> Answer {
    let passkey = try await own(call)
    return try await call.answer {
      let renewed = try await call.installation.removePasskey(
        passkey.id, password: call.form["password"] ?? "",
        code: call.form["one_time_code"] ?? "", of: try call.ownSession, token: call.token ?? [],
        at: try call.needParty())
      return .see("/account?note=passkey-removed", in: renewed)
    } orShow: {
      try await one(call, faults: $0).page()
    }
  }

  /// The own passkey an address names.
  static func own(_ call: Call) async throws -> StoredPasskey {
    let found = try await call.installation.ownPasskeys(try call.ownSession)
      .first { String($0.id) == call.parameter("number") }
    guard let found else { throw ActRefusal.notFound }
    return found
  }

  private static let back = Link(text: "Your account", href: "/account")

  private static func field(
    _ name: String, _ label: String, _ text: String, hint: String, _ faults: [Pages.Fault]
  ) -> EntryField {
    EntryField(
      name: name, label: label, control: .text(text: text, maximum: 60), hint: hint,
      fault: faults.first { $0.field == name }?.sentence ?? "")
  }
}

extension Call {
  /// This server as browsers know it; nil when it is asked by an address.
  var party: RelyingParty? { RelyingParty(authority: authority) }

  func needParty() throws(ActRefusal) -> RelyingParty {
    guard let party else {
      throw .notNow(
        code: "no_name",
        sentence:
          "Passkeys are made for a name. Ask for this server by its name, not by its address.")
    }
    return party
  }

  /// One's own complete session.
  var ownSession: StoredSession {
    get throws(ActRefusal) {
      guard let session, session.isComplete else { throw .notFound }
      return session
    }
  }

  /// What a page asks for before it changes a second factor: password and one-time code, always.
  func bothProofs() async throws -> Authentication {
    guard site.isTraining,
      let digits = try await installation.trainingCode(waiting: token ?? [])
    else { return .passwordAndCode }
    return .passwordAndShownCode(digits)
  }

  /// The passkey given with a form or a body, nil when none was.
  func passkeyProof() throws(ActRefusal) -> PasskeyProof? {
    let body = JSONBody(json)
    func sent(_ name: String) -> String { form[name] ?? body?[name] ?? "" }
    guard !sent("passkey_id").isEmpty else { return nil }
    return PasskeyProof(passkeyAssertion(sent), at: try needParty())
  }

  /// What a browser handed over; parts that are no text of bytes are empty, and do not hold.
  func passkeyAssertion(_ sent: (String) -> String) -> PasskeyAssertion {
    func bytes(_ name: String) -> [UInt8] { Base64URL.bytes(sent(name)) ?? [] }
    return PasskeyAssertion(
      id: bytes("passkey_id"), clientData: bytes("passkey_client"),
      authenticatorData: bytes("passkey_data"), signature: bytes("passkey_signature"))
  }
}
