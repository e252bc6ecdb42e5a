public import Conduct
internal import Host
internal import PrivateCluster

/// A private cluster with the product's schema, for the time of a measurement.
public struct TemporaryCluster: Sendable {
  /// The folder of its socket.
  public let socketDirectory: String
  /// The role that owns it.
  public let superuser: String
  /// The acts on it.
  public let installation: Installation
  /// The database of the product.
  public static let database = "equipoise"

  /// Runs the body on a cluster that is stopped afterwards.
  public static func run<Value>(
    stateDirectory: String, _ body: (TemporaryCluster) async throws -> Value
  ) async throws -> Value {
    let host = try await ServerHost.open(
      database: nil, stateDirectory: stateDirectory
    ) { _ in }
    do {
      guard let address = try await host.cluster?.start() else {
        throw MeasurementFault.serverSilent("no private cluster")
      }
      let value = try await body(
        TemporaryCluster(
          socketDirectory: address.socketDirectory, superuser: address.superuser,
          installation: host.installation))
      await host.close()
      return value
    } catch {
      await host.close()
      throw error
    }
  }
}
