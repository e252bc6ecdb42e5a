/// Where the private cluster is reached: a Unix socket and nothing else.
public struct ClusterAddress: Sendable, Equatable {
  /// The directory that holds the socket; only the server's account and the daemon may enter it.
  public let socketDirectory: String
  /// The number in the socket's name; no network port of that number is open.
  public let port: Int
  /// The database role that owns the cluster.
  public let superuser: String
}
