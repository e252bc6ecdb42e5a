public import Markup

extension ErrorModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { kind.title }

  /// The width of the content.
  public var shape: PageShape { .answer }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {
    page.head(kind.title)
    page.paragraphs([kind.sentence] + details)
    if !number.isEmpty {
      page.element(.p) { page in
        page.text(
          kind.isOurs ? "If it fails again, give the number " : "The number of this request is ")
        page.element(.code, text: number)
        page.text(kind.isOurs ? " to support." : ".")
      }
    }
    page.links(links)
  }
}

extension ErrorKind {
  /// The state of the reply.
  public var status: Int {
    switch self {
    case .badRequest: 400
    case .notFound: 404
    case .conflict: 412
    case .notNow: 409
    case .unprocessable, .unanswerable: 422
    case .tooManyRequests: 429
    case .failure, .readingFailure: 500
    case .unavailable: 503
    }
  }

  /// Whether the fault is the server's, which support can look for by the number.
  var isOurs: Bool {
    switch self {
    case .failure, .readingFailure, .unavailable: true
    case .badRequest, .notFound, .conflict, .notNow, .unprocessable, .unanswerable,
      .tooManyRequests:
      false
    }
  }

  /// The heading of the page.
  var title: String {
    switch self {
    case .badRequest: "This could not be read"
    case .notFound: "There is no such page for you."
    case .conflict: "Somebody changed this meanwhile"
    case .notNow: "This is not possible now"
    case .unprocessable: "This was not saved"
    case .unanswerable: "This address asks for what there is not"
    case .tooManyRequests: "Too many requests"
    case .failure: "This was not saved"
    case .readingFailure: "This could not be shown"
    case .unavailable: "The server is busy"
    }
  }

  /// What it means and what to do.
  var sentence: String {
    switch self {
    case .badRequest: "Nothing was changed. Go back, load the page again and repeat the act."
    case .notFound: "The address may be wrong, or the page belongs to another role."
    case .conflict: "Nothing was saved. Read the present version first, then decide."
    case .unprocessable: "What was sent has faults. Go back: your entries are still there."
    case .unanswerable: "What stands behind the question mark has faults."
    case .tooManyRequests: "Nothing was changed. Wait a minute, then try again."
    case .notNow: "Nothing was changed."
    case .readingFailure: "Nothing was changed. Try again."
    case .failure: "Try again. Your entries are still on the page before."
    case .unavailable: "Nothing was changed. Try again in a few minutes."
    }
  }
}
