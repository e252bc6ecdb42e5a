/// Why a measurement does not count.
public enum BenchmarkFailure: Error, CustomStringConvertible {
  /// A rival ended with an error.
  case rivalFailed(String, output: String)
  /// A rival aborted clients or gave no number.
  case unreadableAnswer(String, output: String)
  /// The rows in the tables differ from what was acknowledged.
  case rowsDiffer(table: String, acknowledged: Int, stored: Int)
  /// A select answered with another row than asked for.
  case wrongRow
  /// The copied files differ in length.
  case copyDiffers(bridge: Int, psql: Int)

  /// A sentence for the person who measures.
  public var description: String {
    switch self {
    case .rivalFailed(let rival, let output): "\(rival) failed: \(output)"
    case .unreadableAnswer(let rival, let output):
      "\(rival) lost clients or gave no number: \(output)"
    case .rowsDiffer(let table, let acknowledged, let stored):
      "Table \(table) holds \(stored) rows, but \(acknowledged) were acknowledged."
    case .wrongRow: "A select answered with another row than the one asked for."
    case .copyDiffers(let bridge, let psql):
      "The bridge copied \(bridge) bytes and psql \(psql)."
    }
  }
}
