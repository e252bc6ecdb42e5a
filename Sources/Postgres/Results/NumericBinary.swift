/// Reads the server's binary `numeric`: digits to the base 10,000 around a point.
enum NumericBinary {
  private static let negative: UInt16 = 0x4000

  /// The exact decimal text; nil for NaN, the infinities and malformed bytes.
  static func decode(_ bytes: UnsafeRawBufferPointer) -> DecimalText? {
    guard let groupCount = unsafe bytes.bigEndian(0, as: UInt16.self),
      let weight = unsafe bytes.bigEndian(2, as: Int16.self),
      let sign = unsafe bytes.bigEndian(4, as: UInt16.self),
      let scale = unsafe bytes.bigEndian(6, as: UInt16.self),
      sign == 0 || sign == negative, bytes.count == 8 + 2 * Int(groupCount),
      Int(scale) <= DecimalText.maximumFractionDigits
    else { return nil }

    // A group outside those sent is zero: the server strips them at both ends.
    func group(_ position: Int) -> Int? {
      guard position >= 0, position < Int(groupCount) else { return 0 }
      guard let group = unsafe bytes.bigEndian(8 + 2 * position, as: UInt16.self), group < 10_000
      else { return nil }
      return Int(group)
    }

    var text: [UInt8] = sign == negative ? [UInt8(ascii: "-")] : []
    if weight < 0 { text.append(UInt8(ascii: "0")) }
    var position = 0
    while position <= Int(weight) {
      guard let value = group(position) else { return nil }
      append(value, to: &text, keepingZeros: position > 0)
      position += 1
    }
    guard scale > 0 else { return DecimalText(canonical: String(decoding: text, as: UTF8.self)) }
    text.append(UInt8(ascii: "."))
    let end = text.count + Int(scale)
    position = Int(weight) + 1
    while text.count < end {
      guard let value = group(position) else { return nil }
      append(value, to: &text, keepingZeros: true)
      position += 1
    }
    text.removeLast(text.count - end)
    return DecimalText(canonical: String(decoding: text, as: UTF8.self))
  }

  private static func append(_ group: Int, to text: inout [UInt8], keepingZeros: Bool) {
    var divisor = 1000
    var isLeading = !keepingZeros
    while divisor > 0 {
      let digit = group / divisor % 10
      isLeading = isLeading && digit == 0 && divisor > 1
      if !isLeading { text.append(0x30 + UInt8(digit)) }
      divisor /= 10
    }
  }
}
