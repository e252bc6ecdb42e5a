/// A page in the place of the one that was asked for.
public struct ErrorModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// What happened.
  public var kind: ErrorKind
  /// Sentences that say what to do; none that say why a page is not there.
  public var details: [String]
  /// The number of the request, which support knows it by.
  public var number: String
  /// Where to go on.
  public var links: [Link]

  /// All of it at once.
  public init(
    frame: PageFrame, kind: ErrorKind, details: [String] = [], number: String = "",
    links: [Link] = []
  ) {
    self.frame = frame
    self.kind = kind
    self.details = details
    self.number = number
    self.links = links
  }
}

/// What kept a page from being shown.
public enum ErrorKind: Sendable, Equatable {
  /// 400, the request could not be read.
  case badRequest
  /// 404, the same for what is absent and what is not allowed.
  case notFound
  /// 412, somebody changed it meanwhile.
  case conflict
  /// 409, not possible in the present state.
  case notNow
  /// 422, what was sent has faults.
  case unprocessable
  /// 422, what the address of a page asks for has faults.
  case unanswerable
  /// 429, too many requests.
  case tooManyRequests
  /// 500, a fault of ours in saving.
  case failure
  /// 500, a fault of ours in reading.
  case readingFailure
  /// 503, the server is busy or stopping.
  case unavailable
}
