public import Markup
import Pictures

extension InvitationModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { title }

  /// The width of the content.
  public var shape: PageShape { .answer }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {
    page.head(title)
    page.faultSummary(faults)
    page.factsCard(facts)
    page.part("1. Take the account into your device", class: "card") { page in
      page.element(
        .p, text: "Point the authenticator app at the picture, or type the secret below it.")
      page.element(
        .p, text: "Opened again, this page shows another secret, and the device takes that one.")
      if let picture { page.qrCode(picture, title: "The secret for the device", id: "secret") }
      page.element(.p) { page in page.element(.code, .class("secret"), text: secret) }
    }
    page.part("2. Choose a password", class: "card") { page in
      page.form(form) { page in
        page.newPassword(
          "password", "Password",
          hint: "At least 15 characters. Four words that do not belong together are good.", faults)
        page.newPassword("repeated", "Password again", hint: "", faults)
        page.code(
          label: "Code the device shows now", hint: "Six digits.",
          isRefused: faults.contains { $0.field == "code" })
        if asksSpokenCode {
          page.field(
            EntryField(
              name: "spoken", label: "Code of the second administrator",
              control: .text(text: "", maximum: 12),
              hint: "Eight letters and digits, said to you in person or by telephone.",
              fault: faults.first { $0.field == "spoken" }?.sentence ?? ""))
        }
        page.element(.div, .class("acts")) { page in
          page.button("Open the account", kind: .primary)
        }
      }
    }
  }
}

extension RecoveryCodesModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { "Recovery codes" }

  /// The width of the content.
  public var shape: PageShape { .answer }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {
    page.head("Recovery codes")
    page.notice(.due, "Shown once. Write them down or print this page, and keep it locked away.")
    page.card { page in
      page.element(
        .p,
        text: "Each code stands in once for the device when it is lost. New codes end these.")
      page.element(.ol, .class("codes")) { page in
        for code in codes {
          page.element(.li) { page in page.element(.code, text: code) }
        }
      }
    }
    page.element(.div, .class("acts")) { page in page.actLink(next, kind: .primary) }
  }
}

extension Markup {
  /// Writes the box for a new password, which a password manager may fill.
  mutating func newPassword(_ name: String, _ label: String, hint: String, _ faults: [Fault]) {
    let fault = faults.first { $0.field == name }?.sentence ?? ""
    element(.div, .class("field\(fault.isEmpty ? "" : " refused")")) { page in
      page.element(.label, .for("f-\(name)"), text: label)
      if !hint.isEmpty {
        page.element(.p, .class("hint"), .id("f-\(name)-hint"), text: hint)
      }
      page.empty(
        .input, .id("f-\(name)"), .type(.password), .name(name), .size(32),
        .autocomplete("new-password"), hint.isEmpty ? nil : .describedBy("f-\(name)-hint"),
        fault.isEmpty ? nil : .invalid)
      if !fault.isEmpty { page.element(.p, .class("message bad"), text: fault) }
    }
  }
}
