public import Markup

/// A study as its builder looks at it before anything is live: the calendar and every form.
public struct StudyPreviewModel: Sendable {
  /// One form as it will be asked.
  public struct FormPreview: Sendable, Equatable {
    /// Its name, which links lead to.
    public var id: String
    /// The title.
    public var title: String
    /// Who fills it, where and for whom.
    public var facts: [Fact]
    /// The questions as capture asks them.
    public var asked: [FieldSection]
    /// The questions as a table, by heading.
    public var sections: [DataTable]
    /// The checks; without rows where there are none.
    public var checks: DataTable

    /// All of it at once.
    public init(
      id: String, title: String, facts: [Fact], asked: [FieldSection], sections: [DataTable],
      checks: DataTable
    ) {
      self.id = id
      self.title = title
      self.facts = facts
      self.asked = asked
      self.sections = sections
      self.checks = checks
    }
  }

  /// Study and place.
  public var frame: PageFrame
  /// Short facts under the title.
  public var lead: [String]
  /// The calendars: of everybody, and of the treatment team.
  public var calendars: [DataTable]
  /// The forms in the order of the definition.
  public var forms: [FormPreview]
  /// What else the definition says, table by table.
  public var further: [DataTable]

  /// All of it at once.
  public init(
    frame: PageFrame, lead: [String], calendars: [DataTable], forms: [FormPreview],
    further: [DataTable]
  ) {
    self.frame = frame
    self.lead = lead
    self.calendars = calendars
    self.forms = forms
    self.further = further
  }
}

extension StudyPreviewModel: StandalonePage {
  /// The page's own title.
  public var ownTitle: String { "Preview" }

  /// The width of the content.
  public var shape: PageShape { .list }

  /// The preview is made as a file and has no links of the server.
  public var standalone: StudyPreviewModel { self }

  /// Writes the page.
  public func main(into page: inout Markup) {
    page.element(.h1, text: frame.study)
    page.element(.p, text: lead.joined(separator: " · "))
    page.element(.h2, text: "Calendar")
    for calendar in calendars { page.dataTable(calendar) }
    page.element(.h2, text: "Forms")
    page.element(
      .p, .class("hint"),
      text: "The boxes are those of the server and can be tried; nothing is sent or kept.")
    page.element(.ul) { page in
      for form in forms {
        page.element(.li) { page in
          page.element(.a, .href("#form-\(form.id)"), text: "\(form.id) \(form.title)")
        }
      }
    }
    for form in forms { write(form, into: &page) }
    page.element(.h2, text: "Plan")
    for table in further where !table.rows.isEmpty { page.dataTable(table) }
  }

  private func write(_ form: FormPreview, into page: inout Markup) {
    page.element(.section, .id("form-\(form.id)")) { page in
      page.element(.h2, text: "\(form.id) \(form.title)")
      page.card { page in page.facts(form.facts) }
      for section in form.asked { page.fields(of: section, isClosed: false) }
      page.element(.details) { page in
        page.element(.summary) { page in
          page.text("Fields with names and classes")
          page.element(.span, .class("out"), text: " of \(form.id)")
        }
        for section in form.sections { page.dataTable(section) }
      }
      if !form.checks.rows.isEmpty { page.dataTable(form.checks) }
    }
  }
}
