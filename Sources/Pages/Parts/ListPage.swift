public import Markup

/// A page that tells facts and tables, and offers acts one under the other.
public struct ListPageModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// Where the reader came from.
  public var back: Link
  /// What the page is about.
  public var title: String
  /// One line more.
  public var lead: String
  /// Its state.
  public var chip: Chip?
  /// The facts.
  public var facts: [Fact]
  /// The tables in their order.
  public var tables: [DataTable]
  /// The acts in their order.
  public var acts: [ActForm]
  /// Why one was refused.
  public var faults: [Fault]
  /// Whether the tables are read before an act.
  public var actsLast: Bool

  /// All of it at once.
  public init(
    frame: PageFrame, back: Link, title: String, lead: String = "", chip: Chip? = nil,
    facts: [Fact] = [], tables: [DataTable] = [], acts: [ActForm] = [], faults: [Fault] = [],
    actsLast: Bool = false
  ) {
    self.actsLast = actsLast
    self.frame = frame
    self.back = back
    self.title = title
    self.lead = lead
    self.chip = chip
    self.facts = facts
    self.tables = tables
    self.acts = acts
    self.faults = faults
  }
}

extension ListPageModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { title }

  /// The width of the content.
  public var shape: PageShape { .list }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {
    page.head(title, lead: lead, back: back, chip: chip)
    page.faultSummary(faults)
    page.factsCard(facts)
    if !actsLast { for act in acts { page.act(act) } }
    for table in tables { page.dataTable(table) }
    if actsLast { for act in acts { page.act(act) } }
  }
}
