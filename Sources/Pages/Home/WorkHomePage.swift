public import Markup

/// The home of a role that has none of its own, while something must be done at once.
public struct WorkHomeModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// Weekday and date.
  public var title: String
  /// What must be done, the most pressing first; never empty.
  public var work: [WorkRow]
  /// What the role works in otherwise.
  public var sections: [SectionRow]

  /// All of it at once.
  public init(frame: PageFrame, title: String, work: [WorkRow], sections: [SectionRow]) {
    self.frame = frame
    self.title = title
    self.work = work
    self.sections = sections
  }
}

extension WorkHomeModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { title }

  /// The width of the content.
  public var shape: PageShape { .list }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {
    page.head(title, lead: Words.waiting(you: work.count, others: 0))
    page.part("Do now") { page in page.work(work) }
    page.part("Your sections") { page in page.sectionList(sections) }
  }
}
