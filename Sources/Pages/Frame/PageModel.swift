public import Markup

/// How wide the content of a page is and whether it has a side.
public enum PageShape: String, Sendable, Equatable {
  case list, work, form, answer
}

/// A page as a value: everything it shows, already blinded, and how it is written.
public protocol PageModel: Sendable {
  /// What stands around the page.
  var frame: PageFrame { get }

  /// The faults of what was sent, in the order of the page.
  var faults: [Fault] { get }

  /// Act or state and key: the page's own title.
  var ownTitle: String { get }

  /// The width of the content.
  var shape: PageShape { get }

  /// Writes what stands inside `main`.
  func main(into page: inout Markup)
}

extension PageModel {
  /// No faults, for pages to which nothing is sent.
  public var faults: [Fault] { [] }

  /// The title of the document: faults first, then act or state and key, then the study.
  public var documentTitle: String {
    let title = frame.title.isEmpty ? ownTitle : frame.title
    return "\(Words.titleFaults(faults.count))\(title), \(frame.study)"
  }

  /// The whole page as UTF-8; the same model gives the same bytes.
  public func page() -> [UInt8] {
    var page = Markup()
    page.document(frame, title: documentTitle, shape: shape, main: main(into:))
    return page.bytes
  }
}
