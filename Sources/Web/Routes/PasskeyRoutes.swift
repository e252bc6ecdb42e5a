import Conduct
import Pages
import Passkeys
import Store
import StudyModel

/// Passkeys: a second factor kept by a device.
enum PasskeyRoutes {
  static let all: [Route] = pages + programs

  private static let pages: [Route] = [
    .act("/sign-in/passkey", .waiting, "Checks the passkey.") { call in
      let opened = try await call.installation.givePasskey(
        call.passkeyAssertion { call.form[$0] ?? "" }, waiting: call.token ?? [],
        from: call.address, at: try call.needParty())
      guard let opened else {
        let model = try await SignInRoutes.code(
          call, fault: Pages.Fault(field: "", sentence: "The passkey was not taken. Try again."))
        return .page(model.page(), status: 422)
      }
      return try await SignInRoutes.signedIn(opened, call)
    }.once(.notKeyed),
    .page("/account/passkeys/new", .signedIn, "Asks what a new passkey is called.") { call in
      .page(try await PasskeyPages.new(call).page())
    },
    .act("/account/passkeys", .signedIn, "Adds a passkey of one's own.") { call in
      try await PasskeyPages.add(call)
    }.once(.notKeyed),
    .page("/account/passkeys/{number}", .signedIn, "One of one's own passkeys.") { call in
      .page(try await PasskeyPages.one(call).page())
    },
    .act("/account/passkeys/{number}/name", .signedIn, "Names a passkey of one's own.") { call in
      try await PasskeyPages.rename(call)
    }.once(.notKeyed),
    .act("/account/passkeys/{number}/remove", .signedIn, "Removes a passkey of one's own.") {
      call in
      try await PasskeyPages.remove(call)
    }.once(.notKeyed),
  ]

  private static let assertion: [BodyMember] = [
    .text("passkey_id"), .text("passkey_client"), .text("passkey_data"),
    .text("passkey_signature"),
  ]

  private static let programs: [Route] = [
    .api(
      "POST", "/sessions/passkey/challenge", .waiting,
      "Asks for a passkey as the second factor; answered once, within five minutes."
    ) { call in
      try await challenge(call, .signIn)
    }.once(.notKeyed),
    .api(
      "POST", "/sessions/passkey", .waiting,
      "Second factor by passkey, each member base64url; gives the token of the session.",
      body: assertion
    ) { call in
      let body = JSONBody(call.json)
      let opened = try await call.installation.givePasskey(
        call.passkeyAssertion { body?[$0] ?? "" }, waiting: call.token ?? [], from: call.address,
        at: try call.needParty())
      guard let opened else { throw ActRefusal.authenticationFailed }
      return try .json(
        ["token": Hex.text(opened.token), "form_token": Hex.text(opened.formToken)], status: 201)
    }.once(.notKeyed),
    .api("GET", "/account/passkeys", .signedIn, "One's own passkeys.") { call in
      try .json(
        try await call.installation.ownPasskeys(try call.ownSession).map(PasskeyBody.init))
    },
    .api(
      "POST", "/account/passkeys/challenge", .signedIn,
      "Asks for a new passkey (purpose add) or for a proof by one (purpose confirm).",
      body: [.text("purpose")]
    ) { call in
      guard let purpose = PasskeyPurpose(rawValue: JSONBody(call.json)?["purpose"] ?? ""),
        purpose != .signIn
      else {
        throw ActRefusal.invalid([
          Fault(field: "purpose", code: "unknown_purpose", sentence: "Say add or confirm.")
        ])
      }
      return try await challenge(call, purpose)
    }.once(.notKeyed),
    .api(
      "POST", "/account/passkeys", .signedIn,
      "Adds a passkey of one's own, proved by password and one-time code; the session goes on under a new token.",
      body: [
        .text("name"), .text("password"), .text("code"), .text("passkey_client"),
        .text("passkey_attestation"),
      ]
    ) { call in
      let body = JSONBody(call.json)
      let renewed = try await call.installation.addPasskey(
        PasskeyRegistration(
          clientData: Base64URL.bytes(body?["passkey_client"] ?? "") ?? [],
          attestation: Base64URL.bytes(body?["passkey_attestation"] ?? "") ?? []),
        named: body?["name"] ?? "", password: body?["password"] ?? "", code: body?["code"] ?? "",
        of: try call.ownSession, token: call.token ?? [], at: try call.needParty())
      return try .renewed("added", renewed, status: 201)
    }.once(.notKeyed),
    .api(
      "POST", "/account/passkeys/{number}/name", .signedIn, "Names a passkey of one's own.",
      body: [.text("name")]
    ) { call in
      try await call.installation.renamePasskey(
        try await PasskeyPages.own(call).id, to: JSONBody(call.json)?["name"] ?? "",
        of: try call.ownSession)
      return try .json(["status": "renamed"])
    }.once(.notKeyed),
    .api(
      "POST", "/account/passkeys/{number}/remove", .signedIn,
      "Removes a passkey of one's own, proved by password and one-time code; the session goes on under a new token.",
      body: [.text("password"), .text("code")]
    ) { call in
      let body = JSONBody(call.json)
      let renewed = try await call.installation.removePasskey(
        try await PasskeyPages.own(call).id, password: body?["password"] ?? "",
        code: body?["code"] ?? "", of: try call.ownSession, token: call.token ?? [],
        at: try call.needParty())
      return try .renewed("removed", renewed)
    }.once(.notKeyed),
  ]

  private static func challenge(_ call: Call, _ purpose: PasskeyPurpose) async throws -> Answer {
    guard let session = call.session else { throw ActRefusal.notFound }
    let asked = try await call.installation.passkeyChallenge(
      purpose, of: session, token: call.token ?? [], at: try call.needParty())
    return try .json(PasskeyChallengeBody(asked), status: 201)
  }
}

/// What a browser is asked, bytes in base64url.
struct PasskeyChallengeBody: Codable {
  let challenge: String
  let server: String
  let userHandle: String
  let username: String
  let name: String
  let passkeys: [String]

  private enum CodingKeys: String, CodingKey {
    case challenge, username, name, passkeys
    case server = "rp_id"
    case userHandle = "user_handle"
  }

  init(_ asked: PasskeyChallenge) {
    challenge = Base64URL.text(asked.challenge)
    server = asked.server
    userHandle = Base64URL.text(asked.userHandle)
    username = asked.username
    name = asked.fullName
    passkeys = asked.passkeys.map(Base64URL.text)
  }
}

/// One of one's own passkeys.
struct PasskeyBody: Codable {
  let number: Int
  let name: String
  let server: String
  let addedAt: String
  let usedAt: String?

  private enum CodingKeys: String, CodingKey {
    case number, name, server
    case addedAt = "added_at"
    case usedAt = "used_at"
  }

  init(_ passkey: StoredPasskey) {
    number = Int(passkey.id)
    name = passkey.name
    server = passkey.server
    addedAt = passkey.madeAt.description
    usedAt = passkey.usedAt?.description
  }
}
