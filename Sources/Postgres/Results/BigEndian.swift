extension UnsafeRawBufferPointer {
  /// The whole number at an offset in the network's byte order, or nil past the end.
  func bigEndian<Number: FixedWidthInteger>(_ offset: Int, as type: Number.Type) -> Number? {
    guard offset >= 0, offset <= count - MemoryLayout<Number>.size else { return nil }
    return unsafe Number(bigEndian: loadUnaligned(fromByteOffset: offset, as: Number.self))
  }

  /// The bytes as text, or nil where they are not valid UTF-8.
  var utf8Text: String? { unsafe String(validating: self, as: UTF8.self) }
}
