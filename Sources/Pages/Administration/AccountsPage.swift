public import Markup

extension AccountsModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { "Accounts" }

  /// The width of the content.
  public var shape: PageShape { .list }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {
    page.head("Accounts")
    page.workTable(
      "Accounts", columns: ["Name", "User name", "Roles", "Training", "Last sign-in", "State"],
      rows: rows.map { row in
        [
          .link(Link(text: row.name, href: row.href)), .code(row.user), .text(row.roles),
          .text(row.training), .text(row.lastSignIn), .chip(row.chip),
        ]
      })
    page.links(links)
  }
}

extension AccountModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { name }

  /// The width of the content.
  public var shape: PageShape { .list }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {
    page.head(name, back: back, chip: chip)
    page.faultSummary(faults)
    page.factsCard(facts)
    if !actsFirst { page.dataTable(grants) }
    for (place, act) in acts.enumerated() { page.act(act, isBeside: place > 0) }
    if actsFirst { page.dataTable(grants) }
  }
}
