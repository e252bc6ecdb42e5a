import Markup
public import Pictures

/// A picture of a part of a result.
public enum ResultFigure: Sendable, Equatable {
  /// Groups under one another.
  case forest(ForestPicture)
  /// Means over visits.
  case profile(ProfilePicture)
  /// Shares free of an event.
  case survival(SurvivalPicture)
  /// Bounds and looks.
  case boundaries(BoundaryPicture)
  /// Where a conclusion tips.
  case tipping(TippingPicture)

  /// What it shows, as a sentence.
  var finding: String {
    switch self {
    case .forest(let picture): picture.finding
    case .profile(let picture): picture.finding
    case .survival(let picture): picture.finding
    case .boundaries(let picture): picture.finding
    case .tipping(let picture): picture.finding
    }
  }

  /// The picture as a file of its own.
  public func file() -> [UInt8] {
    switch self {
    case .forest(let picture): picture.file()
    case .profile(let picture): picture.file()
    case .survival(let picture): picture.file()
    case .boundaries(let picture): picture.file()
    case .tipping(let picture): picture.file()
    }
  }
}

/// A picture with its name.
public struct NamedFigure: Sendable, Equatable {
  /// Its name in addresses and files.
  public var id: String
  /// The picture.
  public var figure: ResultFigure
  /// Method, population, count, version.
  public var trace: [Fact]
  /// Where it is had as a file.
  public var file: Link?

  /// All of it at once.
  public init(id: String, figure: ResultFigure, trace: [Fact] = [], file: Link? = nil) {
    self.id = id
    self.figure = figure
    self.trace = trace
    self.file = file
  }
}

/// A table with where its numbers come from.
public struct TracedTable: Sendable, Equatable {
  /// Its name in addresses.
  public var id: String
  /// The table.
  public var table: DataTable
  /// Method, population, count, version.
  public var trace: [Fact]
  /// Where it is had as CSV.
  public var file: Link?

  /// All of it at once.
  public init(id: String, table: DataTable, trace: [Fact], file: Link? = nil) {
    self.id = id
    self.table = table
    self.trace = trace
    self.file = file
  }
}

/// One part of a result.
public struct ResultSection: Sendable, Equatable {
  /// Its name in addresses.
  public var id: String
  /// Its heading.
  public var title: String
  /// What was found.
  public var findings: [String]
  /// The pictures.
  public var figures: [NamedFigure]
  /// The tables.
  public var tables: [TracedTable]
  /// What could not be computed, and why.
  public var refusals: [String]

  /// All of it at once.
  public init(
    id: String, title: String, findings: [String], figures: [NamedFigure], tables: [TracedTable],
    refusals: [String]
  ) {
    self.id = id
    self.title = title
    self.findings = findings
    self.figures = figures
    self.tables = tables
    self.refusals = refusals
  }

  /// The part without the links of the server.
  var standalone: ResultSection {
    var section = self
    for index in section.figures.indices { section.figures[index].file = nil }
    for index in section.tables.indices { section.tables[index].file = nil }
    return section
  }
}

extension Markup {
  /// Writes where numbers come from, folded until somebody asks.
  mutating func origin(_ trace: [Fact], id: String, file: Link? = nil) {
    guard !trace.isEmpty else {
      if let file { element(.p) { $0.link(file) } }
      return
    }
    element(.details, .id("from-\(id)"), .class("origin")) { page in
      page.element(.summary, text: "Where these numbers come from")
      page.facts(trace)
      if let file { page.element(.p) { $0.link(file) } }
    }
  }

  /// Writes where the parts stand, so that nobody has to scroll for one.
  mutating func contents(_ sections: [ResultSection]) {
    guard !sections.isEmpty else { return }
    element(.nav, .class("card"), .label("Parts of the report")) { page in
      page.element(.ul, .class("contents-list")) { page in
        for section in sections {
          page.element(.li) { page in
            page.element(.a, .href("#f-\(section.id)"), text: section.title)
          }
        }
      }
    }
  }

  /// Writes one part of a result.
  mutating func resultSection(_ section: ResultSection) {
    element(.section, .id("f-\(section.id)"), .class("card report-part")) { page in
      page.element(.h2, text: section.title)
      page.paragraphs(section.findings)
      for figure in section.figures {
        // Several pictures look alike; a single one says what its heading said.
        if section.findings != [figure.figure.finding] {
          page.element(.h3, .class("picture-title"), text: figure.figure.finding)
        }
        page.figure(figure.figure, id: "picture-\(figure.id)")
        page.origin(figure.trace, id: "picture-\(figure.id)", file: figure.file)
      }
      for table in section.tables {
        page.dataTable(table.table)
        page.origin(table.trace, id: table.id, file: table.file)
      }
      page.paragraphs(section.refusals, class: "hint")
    }
  }

  private mutating func figure(_ figure: ResultFigure, id: String) {
    switch figure {
    case .forest(let picture): self.picture(picture, id: id)
    case .profile(let picture): self.picture(picture, id: id)
    case .survival(let picture): self.picture(picture, id: id)
    case .boundaries(let picture): self.picture(picture, id: id)
    case .tipping(let picture): self.picture(picture, id: id)
    }
  }
}
