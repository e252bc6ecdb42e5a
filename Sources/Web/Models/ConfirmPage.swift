import Conduct
import Pages
import Store

/// Arms, files and accounts are there for somebody who has just proved who it is: this page asks for it, and
/// leads back.
enum ConfirmPage {
  static let place = "/account/confirm"

  static func show(_ call: Call, faults: [Pages.Fault] = []) async throws -> ActPageModel {
    ActPageModel(
      frame: call.site.frame(for: call),
      back: Link(text: "Back", href: call.returnAddress?.text ?? "/"),
      title: "Confirm that it is you",
      lead: "This takes your password and your second factor of the last five minutes.",
      act: try await form(
        call, to: call.returnAddress, whatHappens: "Then you come back to where you were."),
      faults: faults)
  }

  /// What proves who acts, for a page whose acts need it and that shows none of them without it.
  static func form(
    _ call: Call, to address: ReturnAddress?, whatHappens: String, title: String = ""
  ) async throws -> ActForm {
    var target = call.target(place)
    target.kept = address.map { [$0.kept] } ?? []
    return ActForm(
      form: target, button: "Confirm", whatHappens: [whatHappens],
      authentication: try await call.passwordAndSecondFactor(), title: title)
  }

  static func confirm(_ call: Call) async throws -> Answer {
    try await call.act {
      let (code, passkey) = (call.form["one_time_code"] ?? "", try call.passkeyProof())
      guard !code.isEmpty || passkey != nil else { throw ActRefusal.authenticationFailed }
      try await call.installation.confirmPassword(
        call.form["password"] ?? "", code: code, passkey: passkey, user: try call.ownSession.user,
        token: call.token)
      return call.returnAddress?.text ?? "/"
    } orShow: {
      try await show(call, faults: $0).page()
    }
  }
}

extension Call {
  /// A file, or the page that asks for password and second factor and leads back to where the file is offered.
  func file(
    offeredAt page: String, _ make: () async throws -> Answer
  ) async throws -> Answer {
    do {
      return try await make()
    } catch ActRefusal.secondFactorStale {
      return .see(ConfirmPage.place + (ReturnAddress(page).map { "?" + $0.query } ?? ""))
    }
  }
}
