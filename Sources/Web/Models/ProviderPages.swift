import Conduct
import OpenIDConnect
import Pages
import Store
import StudyModel

/// Signing in through a provider: the way there, the way back, and the link on one's own account.
enum ProviderPages {
  // MARK: There and back

  /// What the sign-in page offers; nil where there is no provider.
  static func offer(_ call: Call) -> ProviderOffer? {
    call.installation.provider.map {
      ProviderOffer(
        name: $0.settings.name,
        form: FormTarget(action: "/sign-in/provider", token: "", key: ""))
    }
  }

  static func begin(_ call: Call) async throws -> Answer {
    do {
      return departure(
        try await call.installation.beginSignIn(at: call.place), call,
        back: Link(text: "Back to the sign-in page", href: "/sign-in"), frame: call.site.plainFrame)
    } catch let refusal as ActRefusal where refusal != .notFound {
      return .page(
        SignInRoutes.signIn(call, fault: refusal.sentence, in: "").page(),
        status: Refusals.status(of: refusal))
    }
  }

  /// The page with the link that leads away.
  ///
  /// A form that is redirected there would need another policy for every page, and an address that
  /// redirects would change something by being read.
  private static func departure(
    _ departure: ProviderDeparture, _ call: Call, back: Link, frame: PageFrame
  ) -> Answer {
    guard let settings = call.installation.provider?.settings else { return .see("/sign-in") }
    let model = ProviderDepartureModel(
      frame: frame, back: back, name: settings.name,
      origin: departure.origin,
      address: departure.address)
    var answer = Answer.page(model.page())
    answer.extra.append(keeping(Hex.text(departure.browser), maxAge: 300))
    return answer
  }

  /// The cookie of the way there and back.
  ///
  /// It is as strict as that of a session: the page the provider sends the browser to reads none, and
  /// hands the answer in from here.
  private static func keeping(_ value: String, maxAge: Int) -> (String, String) {
    (
      "Set-Cookie",
      SignInRoutes.cookie(value, maxAge: maxAge, name: Credentials.providerCookieName)
    )
  }

  /// Where the provider sends the browser: whatever came is shown as a form, and judged when it is sent.
  static func back(_ call: Call) throws -> Answer {
    guard let provider = call.installation.provider else { throw ActRefusal.notFound }
    // No page sends anything called a code along but what a person types.
    let parts = [("state", "state"), ("code", "answer"), ("iss", "iss")].compactMap { sent, name in
      call.query[sent].map { ProviderAnswerPart(name: name, value: $0) }
    }
    return .page(
      ProviderReturnModel(
        frame: call.site.plainFrame, name: provider.settings.name,
        form: FormTarget(action: "/sign-in/provider/finish", token: "", key: ""), answer: parts
      ).page())
  }

  static func finish(_ call: Call) async throws -> Answer {
    let back = call.providerReturn(browser: call.atProvider) {
      call.form[$0 == "code" ? "answer" : $0]
    }
    var answer: Answer
    switch FlowPurpose(state: call.form["state"] ?? "") {
    case .link:
      do {
        let renewed = try await call.installation.link(
          returning: back, of: try call.ownSession, token: call.token ?? [])
        answer = .see("/account?note=provider-linked", in: renewed)
      } catch let refusal as ActRefusal where refusal != .notFound {
        answer = .see("/account/provider?note=provider-not-linked")
      }
    case .signIn, nil:
      do {
        answer = try await SignInRoutes.waiting(
          call.installation.signIn(returning: back, from: call.address), in: call)
      } catch let refusal as ActRefusal where refusal != .notFound {
        answer = .page(
          SignInRoutes.signIn(call, fault: refusal.sentence, in: "").page(), status: 422)
      }
    }
    answer.extra.append(keeping("", maxAge: 0))
    return answer
  }

  // MARK: The own account

  static func row(_ call: Call, _ session: StoredSession) async throws -> ProviderLinkRow? {
    let link = try await call.installation.ownProviderIdentity(session)
    guard call.installation.provider != nil || link != nil else { return nil }
    let name = name(call, link)
    guard let link else {
      return ProviderLinkRow(
        name: name,
        words: "Not linked. An account there can stand in for your password at the sign-in, and "
          + "for nothing else: passkey or one-time code, and the password for signatures, stay.",
        open: Link(text: "Link an account", href: "/account/provider"))
    }
    let zone = call.signedIn.map(call.site.zone) ?? Times.zoneOfNoStudy
    let used = link.usedAt.map { "last used \(Times.full($0, zone))" } ?? "not used yet"
    return ProviderLinkRow(
      name: name, words: "Linked \(Times.full(link.linkedAt, zone)), \(used).",
      open: Link(text: "Remove the link", href: "/account/provider"))
  }

  static func own(_ call: Call, faults: [Pages.Fault] = []) async throws -> ActPageModel {
    let link = try await call.installation.ownProviderIdentity(try call.ownSession)
    guard call.installation.provider != nil || link != nil else { throw ActRefusal.notFound }
    let name = name(call, link)
    let title = "Sign-in with \(name)"
    let back = Link(text: "Your account", href: "/account")
    guard let link else {
      return ActPageModel(
        frame: call.site.frame(for: call), back: back, title: title,
        lead: "You sign in there once to show which account is yours, and come back.",
        act: ActForm(
          form: call.target("/account/provider"), button: "Link an account",
          whatHappens: [
            "From then on it stands in for your password at the sign-in. Passkey or one-time code are still asked for here, and the password for signatures.",
            "Your other sessions end.",
          ], authentication: try await call.bothProofs(), title: ""), faults: faults)
    }
    return ActPageModel(
      frame: call.site.frame(for: call), back: back, title: title, facts: facts(call, link),
      act: ActForm(
        form: call.target("/account/provider/remove"), button: "Remove the link",
        whatHappens: ["Your other sessions end. Your password goes on working."],
        authentication: .password, isDestructive: true, title: "Remove the link"), faults: faults)
  }

  static func begin(linking call: Call) async throws -> Answer {
    do {
      let departure = try await call.installation.beginLinking(
        password: call.form["password"] ?? "", code: call.form["one_time_code"] ?? "",
        of: try call.ownSession, token: call.token ?? [], at: call.place)
      return Self.departure(
        departure, call, back: Link(text: "Your account", href: "/account"),
        frame: call.site.frame(for: call))
    } catch let refusal as ActRefusal where refusal != .notFound {
      return .page(
        try await own(call, faults: Call.faults(of: refusal)).page(),
        status: Refusals.status(of: refusal))
    }
  }

  static func remove(_ call: Call) async throws -> Answer {
    try await call.answer {
      let renewed = try await call.installation.unlinkProvider(
        password: call.form["password"] ?? "", of: try call.ownSession, token: call.token ?? [])
      return .see("/account?note=provider-unlinked", in: renewed)
    } orShow: {
      try await own(call, faults: $0).page()
    }
  }

  /// What people call the provider; one that is not asked any more is called by its host.
  private static func name(_ call: Call, _ link: ProviderIdentity?) -> String {
    let settings = call.installation.provider?.settings
    if let settings, link?.issuer ?? settings.issuer.text == settings.issuer.text {
      return settings.name
    }
    return link.flatMap { ProviderAddress($0.issuer)?.host } ?? ""
  }

  private static func facts(_ call: Call, _ link: ProviderIdentity) -> [Fact] {
    let zone = call.signedIn.map(call.site.zone) ?? Times.zoneOfNoStudy
    return [
      Fact(name: "Linked", value: Times.full(link.linkedAt, zone)),
      Fact(name: "Last used", value: link.usedAt.map { Times.full($0, zone) } ?? "not yet"),
    ]
  }
}

extension Call {
  /// This server as the provider sends browsers back to it.
  var place: ProviderPlace { ProviderPlace(authority: authority) }

  /// What came back, however it was sent.
  func providerReturn(browser: [UInt8]?, _ sent: (String) -> String?) -> ProviderReturn {
    ProviderReturn(
      ProviderAnswer(state: sent("state") ?? "", code: sent("code") ?? "", issuer: sent("iss")),
      browser: browser ?? [], at: place)
  }
}
