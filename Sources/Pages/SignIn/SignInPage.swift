public import Markup

extension SignInModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { "Sign in" }

  /// The width of the content.
  public var shape: PageShape { .answer }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {

    page.head("Sign in", lead: frame.study)
    page.faultSummary(faults)
    page.card { page in
      page.form(form) { page in
        page.element(.div, .class("field")) { page in
          page.element(.label, .for("f-user"), text: "User name")
          page.empty(
            .input, .id("f-user"), .type(.text), .name("user"), .value(userName), .size(32),
            .autocomplete("username"), .spellcheck("false"))
        }
        page.element(.div, .class("field")) { page in
          page.element(.label, .for("f-password"), text: "Password")
          page.empty(
            .input, .id("f-password"), .type(.password), .name("password"), .size(32),
            .autocomplete("current-password"))
        }
        page.element(.div, .class("acts")) { page in page.button("Sign in", kind: .primary) }
      }
    }
    if let provider {
      page.card { page in
        page.element(
          .p,
          text:
            "\(provider.name) stands in for the password of who linked an account there, under "
            + "“Your account”. Passkey or one-time code are asked for here all the same.")
        page.form(provider.form) { page in
          page.element(.div, .class("acts")) { page in
            page.button("Sign in with \(provider.name)")
          }
        }
      }
    }
    if let training {
      page.notice(.calm, "This is a training installation. Every person in it is invented.")
      page.links([training])
    }
    page.part("Cannot sign in") { page in page.element(.p, text: contact) }
  }
}
