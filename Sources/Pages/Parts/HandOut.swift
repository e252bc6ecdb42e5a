import Markup
public import Pictures

/// An address that is handed to somebody else: read off the screen, copied or opened by a camera.
public struct HandOut: Sendable, Equatable {
  /// What the address is of.
  public var label: String
  /// The whole address.
  public var address: String
  /// The same for the camera of a device.
  public var picture: QRCode?
  /// Where it is opened on this device.
  public var open: Link

  /// All of it at once.
  public init(label: String, address: String, picture: QRCode?, open: Link) {
    self.label = label
    self.address = address
    self.picture = picture
    self.open = open
  }
}

extension Markup {
  /// Writes an address in a box it can be copied from, with its picture.
  mutating func handOut(_ handOut: HandOut) {
    card { page in
      page.element(.div, .class("field")) { page in
        page.element(.label, .for("hand-out"), text: handOut.label)
        page.empty(
          .input, .id("hand-out"), .class("hand-out"), .type(.text), .value(handOut.address),
          .size(60), .readOnly, .spellcheck("false"), .autocomplete("off"))
      }
      if let picture = handOut.picture {
        page.qrCode(picture, title: handOut.label, id: "hand-out-picture")
      }
      page.links([handOut.open])
    }
  }
}
