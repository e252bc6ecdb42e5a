import Markup

/// What a form asks a passkey for; the script of the pages asks the browser.
public enum PasskeyPart: String, Sendable, Equatable {
  /// To be made.
  case add
  /// The second factor of a sign-in.
  case signIn = "sign-in"
  /// A proof beside the password.
  case confirm
}

extension Markup {
  /// Writes the boxes a passkey's answer goes into, and the line that says how it went.
  mutating func passkey(_ part: PasskeyPart) {
    element(.div, .data("passkey-\(part.rawValue)")) { page in
      let names =
        part == .add
        ? ["passkey_client", "passkey_attestation"]
        : ["passkey_id", "passkey_client", "passkey_data", "passkey_signature"]
      for name in names { page.hidden(name, "") }
      if part == .confirm {
        page.element(
          .button, .class("button plain"), .type(.button),
          text: "Use a passkey instead of the code")
      }
      page.element(.p, .class("hint"), .role("status"), text: "")
    }
  }
}
