/// Finds the end of a body that comes in chunks, and refuses one that could be read in two ways.
///
/// A chunk is its size in hexadecimal digits, a line's end, so many bytes, a line's end; the last one
/// has the size 0. Extensions and trailing headers, which nobody sends here, are refused.
struct ChunkScan {
  private enum Part {
    case size(Int, digits: Int)
    case sizeFeed(Int)
    case bytes(Int)
    case back(isLast: Bool)
    case feed(isLast: Bool)
  }

  private var part = Part.size(0, digits: 0)

  /// How many bytes of a chunk may be taken unread.
  var plain: Int {
    guard case .bytes(let left) = part else { return 0 }
    return left
  }

  /// Takes so many bytes of a chunk.
  mutating func skip(_ count: Int) {
    guard case .bytes(let left) = part, count <= left else { return }
    part = count == left ? .back(isLast: false) : .bytes(left - count)
  }

  /// Takes a byte of the framing; true when the body is at its end.
  mutating func take(_ byte: UInt8) throws(ConnectionFault) -> Bool {
    switch part {
    case .size(let size, let digits):
      if byte == 13 {
        guard digits > 0 else { throw .unreadable }
        part = .sizeFeed(size)
        return false
      }
      guard digits < 8, let digit = Self.value(byte) else { throw .unreadable }
      part = .size(size * 16 + digit, digits: digits + 1)
    case .sizeFeed(let size):
      guard byte == 10 else { throw .unreadable }
      part = size == 0 ? .back(isLast: true) : .bytes(size)
    case .bytes: skip(1)
    case .back(let isLast):
      guard byte == 13 else { throw .unreadable }
      part = .feed(isLast: isLast)
    case .feed(let isLast):
      guard byte == 10 else { throw .unreadable }
      part = .size(0, digits: 0)
      return isLast
    }
    return false
  }

  private static func value(_ byte: UInt8) -> Int? {
    switch byte {
    case 48...57: Int(byte) - 48
    case 65...70: Int(byte) - 55
    case 97...102: Int(byte) - 87
    default: nil
    }
  }
}
