/// Whole numbers as big-endian bytes, as the specification writes u16, u32 and u64.
enum BigEndian {
  static func bytes16(_ number: Int) -> [UInt8] { bytes(UInt16(number)) }
  static func bytes32(_ number: Int) -> [UInt8] { bytes(UInt32(number)) }
  static func bytes64(_ number: Int) -> [UInt8] { bytes(UInt64(number)) }

  private static func bytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    stride(from: Number.bitWidth - 8, through: 0, by: -8).map {
      UInt8(truncatingIfNeeded: number >> $0)
    }
  }
}
