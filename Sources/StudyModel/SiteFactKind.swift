/// What is recorded of a site before it is opened.
public enum SiteFactKind: String, CaseIterable, Sendable, Codable {
  /// The ethics committee approved the study there.
  case ethics
  /// The contract is signed.
  case contract
  /// The site confirms that it can carry out arms.
  case capacity
  /// The system is released for the site and a version of the definition.
  case release

  /// In words.
  public var title: String {
    switch self {
    case .ethics: "Approval of the ethics committee"
    case .contract: "Signed contract"
    case .capacity: "Capacity for the arms"
    case .release: "Release of the system"
    }
  }
}
