public import Markup

extension TrainingSignInsModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { "Training sign-ins" }

  /// The width of the content.
  public var shape: PageShape { .list }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {

    page.head(
      "Training sign-ins",
      lead: "Everybody here is invented. Each role sees its own pages, and nothing of the others.")
    page.element(.p) { page in
      page.text("One password for all: ")
      page.element(.code, text: password)
      page.text(". The one-time code is shown on its page.")
    }
    page.workTable(
      "Invented people", columns: ["User name", "Role", "Where", "What to try", "(Sign in)"],
      rows: people.map { person in
        [
          .code(person.user), .text(person.role), .text(person.place), .text(person.tries),
          .act(person.signIn, isPrimary: false),
        ]
      })
  }
}
