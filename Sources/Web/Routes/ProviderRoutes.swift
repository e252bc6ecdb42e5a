import Conduct
import OpenIDConnect
import Pages
import Store
import StudyModel

/// Signing in through a provider, and the link with an account there.
enum ProviderRoutes {
  static let all: [Route] = pages + programs

  private static let pages: [Route] = [
    .act("/sign-in/provider", .everybody, "Begins a sign-in at the provider.") { call in
      try await ProviderPages.begin(call)
    }.once(.notKeyed),
    .page("/sign-in/provider/return", .everybody, "Where the provider sends a browser back.") {
      call in try ProviderPages.back(call)
    },
    .act("/sign-in/provider/finish", .everybody, "Judges what came back from the provider.") {
      call in try await ProviderPages.finish(call)
    }.once(.notKeyed),
    .page("/account/provider", .signedIn, "One's own link with an account at the provider.") {
      call in .page(try await ProviderPages.own(call).page())
    },
    .act("/account/provider", .signedIn, "Begins to link an account at the provider.") { call in
      try await ProviderPages.begin(linking: call)
    }.once(.notKeyed),
    .act("/account/provider/remove", .signedIn, "Removes one's own link.") { call in
      try await ProviderPages.remove(call)
    }.once(.notKeyed),
  ]

  private static let answer: [BodyMember] = [
    .text("state"), .text("code"), .text("browser"), .optional("iss"),
  ]

  private static let programs: [Route] = [
    .api(
      "POST", "/sessions/provider", .everybody,
      "Begins a sign-in at the provider: where a browser is sent, and what is kept until it comes back."
    ) { call in
      try departure(try await call.installation.beginSignIn(at: call.place))
    }.once(.notKeyed),
    .api(
      "POST", "/sessions/provider/finish", .everybody,
      "The provider's word as first factor; gives a token that waits for the second.", body: answer
    ) { call in
      let opened = try await call.installation.signIn(returning: back(call), from: call.address)
      return try .json(["token": Hex.text(opened.token), "stage": "code"], status: 201)
    }.once(.notKeyed),
    .api("GET", "/account/provider", .signedIn, "One's own link with an account at the provider.") {
      call in
      try .json(
        ProviderBody(
          call.installation.provider?.settings.name,
          try await call.installation.ownProviderIdentity(try call.ownSession)))
    },
    .api(
      "POST", "/account/provider", .signedIn,
      "Begins to link an account at the provider, proved by password and one-time code.",
      body: [.text("password"), .text("code")]
    ) { call in
      let body = JSONBody(call.json)
      return try departure(
        try await call.installation.beginLinking(
          password: body?["password"] ?? "", code: body?["code"] ?? "", of: try call.ownSession,
          token: call.token ?? [], at: call.place))
    }.once(.notKeyed),
    .api(
      "POST", "/account/provider/finish", .signedIn,
      "Links the account at the provider; the other sessions end, and this one goes on under a new token.",
      body: answer
    ) { call in
      let renewed = try await call.installation.link(
        returning: back(call), of: try call.ownSession, token: call.token ?? [])
      return try .renewed("linked", renewed, status: 201)
    }.once(.notKeyed),
    .api(
      "POST", "/account/provider/remove", .signedIn,
      "Removes one's own link; the session goes on under a new token.",
      body: [.text("password")]
    ) { call in
      let renewed = try await call.installation.unlinkProvider(
        password: JSONBody(call.json)?["password"] ?? "", of: try call.ownSession,
        token: call.token ?? [])
      return try .renewed("removed", renewed)
    }.once(.notKeyed),
  ]

  private static func departure(_ departure: ProviderDeparture) throws -> Answer {
    try .json(
      ["address": departure.address, "browser": Hex.text(departure.browser)], status: 201)
  }

  private static func back(_ call: Call) -> ProviderReturn {
    let body = JSONBody(call.json)
    return call.providerReturn(browser: (body?["browser"]).flatMap(Hex.bytes)) { body?[$0] }
  }
}

/// The own link with an account at the provider, and what the provider is called.
struct ProviderBody: Codable {
  let provider: String?
  let issuer: String?
  let linkedAt: String?
  let usedAt: String?

  private enum CodingKeys: String, CodingKey {
    case provider, issuer
    case linkedAt = "linked_at"
    case usedAt = "used_at"
  }

  init(_ name: String?, _ link: ProviderIdentity?) {
    provider = name
    issuer = link?.issuer
    linkedAt = link?.linkedAt.description
    usedAt = link?.usedAt?.description
  }
}
