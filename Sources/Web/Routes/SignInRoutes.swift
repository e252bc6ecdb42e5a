import Conduct
import Foundation
import Pages
import Store
import StudyModel

/// Signing in, choosing a role, signing out.
enum SignInRoutes {
  static let all: [Route] = [
    .page("/sign-in", .everybody, "The sign-in page.") { call in .page(signIn(call).page()) },
    .act("/sign-in", .everybody, "Checks the password.", givePassword).once(.notKeyed),
    .page("/sign-in/code", .waiting, "Asks for the one-time code.") { call in
      .page(try await code(call).page())
    },
    .act("/sign-in/code", .waiting, "Checks the one-time code.", giveCode).once(.notKeyed),
    .act("/sign-out", .signedIn, "Ends the session.") { call in
      try await call.installation.signOut(token: call.token ?? [])
      var answer = Answer.see("/sign-in?note=signed-out")
      answer.extra.append(("Set-Cookie", cookie("", maxAge: 0)))
      // What the browser keeps of this server, typed text above all; pages are never kept.
      answer.extra.append(("Clear-Site-Data", "\"storage\""))
      return answer
    }.once(.notKeyed),
    .act("/role", .signedIn, "Changes trial, role and site.", changeRole).once(.notKeyed),
    .page("/training", .everybody, "The sign-ins of a training server.") { call in
      guard call.site.isTraining else { throw ActRefusal.notFound }
      return .page(try await training(call).page())
    },
  ]

  private static let contact = "the person who gave you the account"

  static func cookie(
    _ value: String, maxAge: Int, name: String = Credentials.cookieName
  ) -> String {
    "\(name)=\(value); Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=\(maxAge)"
  }

  static func signIn(
    _ call: Call, fault: String? = nil, in field: String = "user", name: String = ""
  ) -> SignInModel {
    var frame = call.site.plainFrame
    frame.status = call.query["note"].flatMap { Notes.sentence($0) } ?? ""
    return SignInModel(
      frame: frame,
      form: FormTarget(
        action: "/sign-in", token: "", key: "", kept: call.returnAddress.map { [$0.kept] } ?? []),
      userName: name.isEmpty ? call.query["user"] ?? "" : name,
      faults: fault.map { [Pages.Fault(field: field, sentence: $0)] } ?? [], contact: contact,
      training: call.site.isTraining ? Link(text: "Training sign-ins", href: "/training") : nil,
      provider: ProviderPages.offer(call))
  }

  private static func givePassword(_ call: Call) async throws -> Answer {
    let name = call.form["user"] ?? ""
    let opened = try await call.installation.signIn(
      username: name, password: call.form["password"] ?? "", from: call.address)
    guard let opened else {
      let model = signIn(
        call, fault: "The user name or the password is not right.", name: name)
      return .page(model.page(), status: 422)
    }
    return try await waiting(opened, in: call)
  }

  /// The page for the second factor, with the cookie of a session that waits for it.
  ///
  /// A browser has one session: whatever it was signed in with before ends here.
  static func waiting(_ opened: OpenedSession, in call: Call) async throws -> Answer {
    if call.session != nil { try await call.installation.signOut(token: call.token ?? []) }
    return .see("/sign-in/code" + (call.returnAddress.map { "?" + $0.query } ?? ""), in: opened)
  }

  static func code(_ call: Call, fault: Pages.Fault? = nil) async throws -> OneTimeCodeModel {
    let shown =
      call.site.isTraining
      ? try await call.installation.trainingCode(waiting: call.token ?? []) ?? "" : ""
    return OneTimeCodeModel(
      frame: call.site.plainFrame, form: call.signInTarget("/sign-in/code"),
      back: Link(text: "Back to the sign-in page", href: "/sign-in"), trainingCode: shown,
      faults: fault.map { [$0] } ?? [], contact: contact,
      passkey: try await PasskeyPages.signInAct(call))
  }

  /// The page that was asked for, or the home page, with the cookie of a complete session.
  static func signedIn(_ opened: OpenedSession, _ call: Call) async throws -> Answer {
    .see(try await place(opened, call), in: opened)
  }

  /// Another person at the same desk, or another role, begins at home.
  private static func place(_ opened: OpenedSession, _ call: Call) async throws -> String {
    guard let back = call.returnAddress, let route = back.route,
      let session = try await call.installation.session(token: opened.token)
    else { return "/" }
    do {
      guard let actor = try await call.installation.actor(of: session),
        route.access.admits(actor.role)
      else { return "/" }
      return back.text
    } catch let refusal as ActRefusal where refusal == .passkeyNeeded {
      return "/"
    }
  }

  private static func giveCode(_ call: Call) async throws -> Answer {
    let opened = try await call.installation.giveCode(
      call.form["code"] ?? "", waiting: call.token ?? [], from: call.address)
    guard let opened else {
      let model = try await code(
        call,
        fault: Pages.Fault(field: "code", sentence: "The code is not right, or was used before."))
      return .page(model.page(), status: 422)
    }
    return try await signedIn(opened, call)
  }

  private static func changeRole(_ call: Call) async throws -> Answer {
    guard let session = call.session, let token = call.token else { throw ActRefusal.notFound }
    let wanted = call.form["role"] ?? ""
    let grants = try await call.installation.grants(of: session.user)
    guard let grant = grants.first(where: { "\($0.trialKey)/\($0.role)/\($0.site)" == wanted })
    else {
      throw ActRefusal.notFound
    }
    return .see("/", in: try await call.installation.choose(grant, token: token))
  }

  private static func training(_ call: Call) async throws -> TrainingSignInsModel {
    let trials = try await call.installation.trials()
    var people: [TrainingPerson] = []
    for trial in trials where trial.mode == TrialMode.training.rawValue {
      let definition = try await call.installation.definition(of: trial)
      for person in try await call.installation.people(of: trial) {
        guard let role = try? RoleID(parsing: person.role), let known = definition.role(role) else {
          continue
        }
        let place =
          (try? SiteKey(parsing: person.site)).flatMap { definition.site($0) }
          .map { "\($0.key) \($0.title)" } ?? "whole study"
        people.append(
          TrainingPerson(
            user: person.username, role: known.title, place: place, tries: known.purpose,
            signIn: Link(
              text: "Sign in", href: "/sign-in?user=\(person.username)",
              context: "as \(person.username)")))
      }
    }
    return TrainingSignInsModel(
      frame: call.site.plainFrame, password: call.site.trainingPassword, people: people)
  }
}

extension Answer {
  /// Leads a browser on, with the cookie of a session it did not have before.
  static func see(_ address: String, in opened: OpenedSession) -> Answer {
    var answer = Answer.see(address)
    answer.extra.append(
      ("Set-Cookie", SignInRoutes.cookie(Hex.text(opened.token), maxAge: 43_200)))
    return answer
  }

  /// Tells a program what was done, and the tokens of its session from here on.
  static func renewed(_ status: String, _ opened: OpenedSession, status code: Int = 200) throws
    -> Answer
  {
    try .json(
      [
        "status": status, "token": Hex.text(opened.token),
        "form_token": Hex.text(opened.formToken),
      ], status: code)
  }
}
