/// Why a measurement of the server does not count.
public enum MeasurementFault: Error, CustomStringConvertible {
  /// The server did not say that it answers.
  case serverSilent(String)
  /// A request was answered with another status than one of success.
  case refused(status: Int, body: String)
  /// A connection ended in the middle.
  case connectionLost
  /// The rows in the table differ from what was acknowledged.
  case rowsDiffer(who: String, acknowledged: Int, stored: Int)
  /// A script printed something else than expected.
  case unreadable(String)

  /// A sentence for the person who measures.
  public var description: String {
    switch self {
    case .serverSilent(let text): "The server did not start: \(text)"
    case .refused(let status, let body): "A request was answered with \(status): \(body)"
    case .connectionLost: "The server closed a connection in the middle of a request."
    case .rowsDiffer(let who, let acknowledged, let stored):
      "\(stored) allocations are stored, but \(who) had \(acknowledged) acknowledged."
    case .unreadable(let text): "A script of the measurement printed: \(text)"
    }
  }
}
