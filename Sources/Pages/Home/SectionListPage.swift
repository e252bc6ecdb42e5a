public import Markup

/// One section of a role and what it is for.
public struct SectionRow: Sendable, Equatable {
  /// The name of the section, leading to it.
  public var link: Link
  /// What it is for.
  public var purpose: String

  /// All of it at once.
  public init(link: Link, purpose: String) {
    self.link = link
    self.purpose = purpose
  }
}

/// Every section of a role, for roles with more than the bar holds.
public struct SectionListModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// The sections in the order of the bar.
  public var rows: [SectionRow]

  /// All of it at once.
  public init(frame: PageFrame, rows: [SectionRow]) {
    self.frame = frame
    self.rows = rows
  }
}

extension SectionListModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { "All sections" }

  /// The width of the content.
  public var shape: PageShape { .answer }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {
    page.head("All sections", lead: "Everything your role may open.")
    page.sectionList(rows)
  }
}

extension Markup {
  /// Writes sections, each with what it is for.
  mutating func sectionList(_ rows: [SectionRow]) {
    element(.ul, .class("card section-list")) { page in
      for row in rows {
        page.element(.li) { page in
          page.link(row.link)
          page.element(.span, text: row.purpose)
        }
      }
    }
  }
}
