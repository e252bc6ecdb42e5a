import CQRCode
public import Markup

/// A text as a QR code (ISO/IEC 18004), for the camera of a device.
public struct QRCode: Sendable, Equatable {
  /// The modules of a side.
  public let side: Int
  /// Row by row, true for dark, without the quiet zone.
  public let modules: [Bool]

  /// Encodes a text; nil when it is too long for a code.
  public init?(_ text: String) {
    var bytes = [UInt8](repeating: 0, count: 177 * 177)
    let capacity = bytes.count
    // The buffer is lent for the call; the library writes at most `capacity` bytes.
    let side = unsafe bytes.withUnsafeMutableBufferPointer { buffer in
      unsafe buffer.baseAddress.map { unsafe Int(cqrcode_modules(text, $0, capacity)) } ?? 0
    }
    guard side > 0 else { return nil }
    self.side = side
    modules = bytes.prefix(side * side).map { $0 == 1 }
  }

  /// The dark stretches of the rows: column, row and length, in modules.
  var stretches: [(column: Int, row: Int, length: Int)] {
    var found: [(column: Int, row: Int, length: Int)] = []
    for row in 0..<side {
      var column = 0
      while column < side {
        var length = 0
        while column + length < side, modules[row * side + column + length] { length += 1 }
        if length > 0 { found.append((column, row, length)) }
        column += max(1, length)
      }
    }
    return found
  }
}

extension Markup {
  /// Writes a code with the quiet zone of four modules.
  public mutating func qrCode(_ code: QRCode, title: String, id: String) {
    element(
      .svg, .class("qr"), .role("img"), .labelledBy("\(id)-title"),
      .viewBox("0 0 \(code.side + 8) \(code.side + 8)")
    ) { page in
      page.element(.title, .id("\(id)-title"), text: title)
      for stretch in code.stretches {
        page.empty(
          .rect, .x(Double(stretch.column + 4)), .y(Double(stretch.row + 4)),
          .width(Double(stretch.length)), .height(1))
      }
    }
  }
}
