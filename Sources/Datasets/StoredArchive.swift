/// A ZIP archive of stored members: the same files give the same bytes on any machine.
///
/// Members are uncompressed, sorted by path in byte order, dated 1980-01-01 00:00, mode 0644.
/// Source: PKWARE APPNOTE 6.3.3, sections 4.3.7, 4.3.12 and 4.3.16.
public enum StoredArchive {
  /// The archive of the files.
  public static func bytes(_ files: [ExportFile]) -> [UInt8] {
    var archive: [UInt8] = []
    var directory: [UInt8] = []
    let ordered = files.sorted {
      $0.path.utf8.lexicographicallyPrecedes($1.path.utf8)
    }
    for file in ordered {
      let offset = archive.count
      let name = Array(file.path.utf8)
      let common: [UInt8] =
        word(20) + word(0x0800) + word(0) + word(0) + word(0x21) + long(checksum(file.bytes))
        + long(UInt32(file.bytes.count)) + long(UInt32(file.bytes.count))
        + word(UInt16(name.count)) + word(0)
      archive += long(0x0403_4B50) + common + name + file.bytes
      directory +=
        long(0x0201_4B50) + word(0x0314) + common + word(0) + word(0) + word(0)
        + long(0o100644 << 16) + long(UInt32(offset)) + name
    }
    let start = archive.count
    archive += directory
    archive +=
      long(0x0605_4B50) + word(0) + word(0) + word(UInt16(files.count))
      + word(UInt16(files.count)) + long(UInt32(directory.count)) + long(UInt32(start)) + word(0)
    return archive
  }

  private static func word(_ value: UInt16) -> [UInt8] {
    [UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8)]
  }

  private static func long(_ value: UInt32) -> [UInt8] {
    word(UInt16(truncatingIfNeeded: value)) + word(UInt16(truncatingIfNeeded: value >> 16))
  }

  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in
      value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1
    }
  }

  /// The CRC-32 of ISO 3309 that ZIP uses.
  static func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~UInt32(0)) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ ($0 >> 8) }
  }
}
