public import Markup

extension OwnAccountModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { "Your account" }

  /// The width of the content.
  public var shape: PageShape { .answer }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {
    page.head("Your account")
    page.faultSummary(faults)
    if !notice.isEmpty { page.notice(.due, notice) }
    if let signOut {
      page.form(signOut) { page in page.button("Sign out", kind: .plain) }
    }
    page.factsCard(facts)
    page.part("Where you are signed in", class: "card") { page in
      page.element(.ul, .class("sessions")) { page in
        for session in sessions {
          page.element(.li) { page in
            page.element(.span, text: session.words)
            if session.isThis { page.chip(.state(.good, "this one")) }
          }
        }
      }
    }
    if let endForm { page.act(endForm, isBeside: true) }
    page.part("Passkeys", class: "card") { page in
      page.element(
        .p,
        text:
          "A passkey is kept by a device or a security key, which checks that it is you. It "
          + "stands in for the one-time code, and works at this server alone.")
      if !passkeys.isEmpty {
        page.element(.ul, .class("sessions")) { page in
          for passkey in passkeys {
            page.element(.li) { page in
              page.element(.span) { page in
                page.element(.strong, text: passkey.name)
                page.text(". \(passkey.words)")
              }
              page.link(passkey.open)
            }
          }
        }
      }
      if let newPasskey {
        page.element(.div, .class("acts")) { page in page.actLink(newPasskey) }
      }
    }
    if let provider {
      page.part("Sign-in with \(provider.name)", class: "card") { page in
        page.element(.p, text: provider.words)
        page.element(.div, .class("acts")) { page in page.actLink(provider.open) }
      }
    }
    page.part("Password", class: "card") { page in
      page.element(.p, text: "Every other session of yours ends with the change.")
      page.form(passwordForm) { page in
        page.field(
          EntryField(
            name: "old", label: "Password until now", control: .password,
            fault: faults.first { $0.field == "old" }?.sentence ?? ""))
        page.newPassword(
          "new", "New password",
          hint: "At least 15 characters. Four words that do not belong together are good.", faults)
        page.newPassword("repeated", "New password again", hint: "", faults)
        page.element(.div, .class("acts")) { page in
          page.button("Change the password", kind: .primary)
        }
      }
    }
    page.act(lettersForm, isBeside: true)
    page.act(zoneForm, isBeside: true)
    page.act(codesForm, isBeside: true)
  }
}
