public import Markup

extension OneTimeCodeModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { passkey == nil ? "One-time code" : "Passkey or one-time code" }

  /// The width of the content.
  public var shape: PageShape { .answer }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {

    page.head(ownTitle, back: back)
    page.faultSummary(faults)
    if let passkey { page.act(passkey) }
    page.card { page in
      page.form(form) { page in
        page.code(
          label: "One-time code",
          hint: "Six digits from your device, or one of your recovery codes.",
          isRefused: faults.contains { $0.field == "code" }, takesRecoveryCode: true)
        page.element(.div, .class("acts")) { page in
          page.button("Go on", kind: passkey == nil ? .primary : .plain)
        }
      }
    }
    if !trainingCode.isEmpty {
      page.element(.p, .class("notice calm")) { page in
        page.text("Training: your device would show ")
        page.element(.code, .class("shown-code"), text: trainingCode)
        page.text(" now.")
      }
    }
    page.part("Device lost") { page in page.element(.p, text: contact) }
  }
}
