/// A question to a provider.
public struct ProviderRequest: Sendable {
  /// Where.
  public let address: ProviderAddress
  /// The form that is posted; nil for reading.
  public let form: [UInt8]?
  /// The `Authorization` header, empty for none.
  public let authorization: String

  init(_ address: ProviderAddress, form: String? = nil, authorization: String = "") {
    self.address = address
    self.form = form.map { Array($0.utf8) }
    self.authorization = authorization
  }
}

/// Carries a question to a provider and brings its answer back.
///
/// It follows no redirect, waits for seconds and takes no more than `mostBytes`.
public protocol ProviderTransport: Sendable {
  /// The body of an answer with status 200.
  func ask(_ request: ProviderRequest) async throws(ProviderRefusal) -> [UInt8]
}

extension ProviderRequest {
  /// The most bytes an answer may have.
  public static let mostBytes = 256 << 10
}
