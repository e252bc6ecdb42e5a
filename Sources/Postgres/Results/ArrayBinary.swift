/// Reads the server's binary form of a one-dimensional array without nulls.
enum ArrayBinary {
  /// The elements, or nil for another shape, a null, or malformed bytes.
  static func decode<Element>(
    _ bytes: UnsafeRawBufferPointer, _ element: (UnsafeRawBufferPointer) -> Element?
  ) -> [Element]? {
    guard let dimensions = unsafe bytes.bigEndian(0, as: Int32.self), bytes.count >= 12 else {
      return nil
    }
    if dimensions == 0 { return [] }
    guard dimensions == 1, let count = unsafe bytes.bigEndian(12, as: Int32.self), count >= 0
    else { return nil }
    var elements: [Element] = []
    var offset = 20
    for _ in 0..<count {
      guard let length = unsafe bytes.bigEndian(offset, as: Int32.self), length >= 0,
        Int(length) <= bytes.count - offset - 4
      else { return nil }
      let start = offset + 4
      let part = unsafe UnsafeRawBufferPointer(rebasing: bytes[start..<start + Int(length)])
      guard let value = unsafe element(part) else { return nil }
      elements.append(value)
      offset = start + Int(length)
    }
    return elements
  }
}
