public import Markup

extension EnvelopesModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { "Envelopes" }

  /// The width of the content.
  public var shape: PageShape { .list }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {
    page.head(
      "Envelopes", lead: "For the hours in which this server does not answer: a file for each site."
    )
    page.card { page in
      page.paragraphs([
        "A file holds one closed envelope for each participant randomized so far. The code on the "
          + "participant's sealed card opens that one and no other.",
        "Download the file of your site after every randomization. That you did is recorded.",
      ])
    }
    page.part("Files") { page in
      if files.isEmpty {
        page.nothing("No site is planned.")
      } else {
        page.workTable(
          "Envelope files by site", columns: ["Site", "(Act)"],
          rows: files.map { file in
            [
              .text(file.context),
              .act(Link(text: file.text, href: file.href, context: file.context), isPrimary: false),
            ]
          })
      }
    }
    page.part("Opened while the server was down") { page in
      page.element(.p, text: "Enter every opening as soon as the server answers again.")
      page.actLink(enter, kind: .primary)
    }
  }
}
