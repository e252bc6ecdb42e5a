import Conduct
import Pages
import Store

/// Files leave the server only for somebody who has just proved who it is: this page asks for it, and leads back.
enum ConfirmPage {
  static let place = "/account/confirm"

  static func show(_ call: Call, faults: [Pages.Fault] = []) -> ActPageModel {
    var target = call.target(place)
    target.kept = call.returnAddress.map { [$0.kept] } ?? []
    return ActPageModel(
      frame: call.site.frame(for: call),
      back: Link(text: "Back", href: call.returnAddress?.text ?? "/"),
      title: "Confirm that it is you",
      lead: "Files are taken within five minutes of your password.",
      act: ActForm(
        form: target, button: "Confirm",
        whatHappens: ["Then you come back to where the files are, and can take them."],
        authentication: .password, title: ""), faults: faults)
  }

  static func confirm(_ call: Call) async throws -> Answer {
    try await call.act {
      try await call.installation.confirmPassword(
        call.form["password"] ?? "", user: try call.ownSession.user, token: call.token)
      return call.returnAddress?.text ?? "/"
    } orShow: {
      show(call, faults: $0).page()
    }
  }
}

extension Call {
  /// A file, or the page that asks for the password and leads back to where the file is offered.
  func file(
    offeredAt page: String, _ make: () async throws -> Answer
  ) async throws -> Answer {
    do {
      return try await make()
    } catch ActRefusal.authenticationStale {
      return .see(ConfirmPage.place + (ReturnAddress(page).map { "?" + $0.query } ?? ""))
    }
  }
}
