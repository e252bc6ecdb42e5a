import Markup

/// A page that can be kept as a file of its own.
public protocol StandalonePage: PageModel {
  /// The page without the links of the server, which lead nowhere in a file.
  var standalone: Self { get }
}

/// A page as one file that needs nothing else: style sheet and pictures are inside.
///
/// A page of the server never carries a style sheet inside; a file kept on a disk must.
public struct StandaloneReport: Sendable {
  private let model: any StandalonePage
  private let styleSheet: String

  /// A file of a page with our own style sheet as text.
  public init(_ model: any StandalonePage, styleSheet: String) {
    self.model = model.standalone
    self.styleSheet = styleSheet
  }

  /// The file as UTF-8; the same result gives the same bytes.
  public func file() -> [UInt8] {
    var page = Markup(capacity: 131_072)
    page.doctype()
    page.element(.html, .lang("en")) { page in
      page.element(.head) { page in
        page.empty(.meta, .charset("utf-8"))
        page.empty(.meta, .name("viewport"), .content("width=device-width, initial-scale=1"))
        page.empty(.meta, .name("color-scheme"), .content("light dark"))
        page.element(.title, text: model.documentTitle)
        page.styleSheet(styleSheet)
      }
      page.element(.body) { page in
        if model.frame.isTraining { page.trainingBand() }
        page.element(.header, .class("bar")) { page in
          page.element(.span, .class("product"), text: "Equipoise")
          page.element(.div, .class("study")) { page in
            page.element(.span, text: model.frame.study)
            page.element(.small, text: model.frame.place)
          }
        }
        page.element(.main, .class(model.shape.rawValue), content: model.main(into:))
        page.element(.footer, .class("foot")) { page in
          page.element(.p, text: "Made by Equipoise as one file. It requests nothing.")
        }
      }
    }
    return page.bytes
  }
}

extension [Fact] {
  /// The facts without their links.
  var unlinked: [Fact] {
    map { fact in
      var fact = fact
      fact.href = ""
      return fact
    }
  }
}

extension ResultModel: StandalonePage {
  /// The result without the links of the server.
  public var standalone: ResultModel {
    var model = self
    model.back = nil
    model.links = []
    model.sections = sections.map(\.standalone)
    model.computedFacts = computedFacts.unlinked
    return model
  }
}

extension ClosedReportModel: StandalonePage {
  /// The closed report without the links and acts of the server.
  public var standalone: ClosedReportModel {
    var model = self
    model.back = nil
    model.facts = facts.unlinked
    model.recommendation = nil
    model.faults = []
    return model
  }
}

extension OpenReportModel: StandalonePage {
  /// The open report without the links of the server.
  public var standalone: OpenReportModel {
    var model = self
    model.back = nil
    model.facts = facts.unlinked
    return model
  }
}
