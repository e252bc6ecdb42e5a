import Hummingbird

extension RequestHead {
  /// Whether a request that was read keeps the bounds of heads.
  static func isWithinBounds(_ request: Request) -> Bool {
    guard request.uri.string.utf8.count <= longestLine, request.headers.count <= mostFields else {
      return false
    }
    // Name, colon, space, value and the end of the line.
    let block = request.headers.reduce(0) {
      $0 + $1.name.rawName.utf8.count + $1.value.utf8.count + 4
    }
    return block <= longestBlock
  }
}
