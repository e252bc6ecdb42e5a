import Crypto
import Foundation
import Store

/// A code that stands in once for the device of the second factor: 120 random bits, so many that a
/// plain digest of it in the database tells nobody the code.
public struct RecoveryCode: Sendable, Hashable, CustomStringConvertible {
  /// How many a person holds.
  static let count = 10
  private static let length = 24
  /// Of codes handed out by releases before, which still work once each.
  private static let earlierLength = 16
  // Without letters and digits that are taken for one another on paper.
  private static let alphabet = Array("ABCDEFGHJKLMNPQRSTUVWXYZ23456789")
  private let letters: String

  /// Groups of four, as they are written down.
  public var description: String {
    stride(from: 0, to: letters.count, by: 4).map { start in
      String(letters.dropFirst(start).prefix(4))
    }.joined(separator: "-")
  }

  /// Reads what was typed, with or without dashes and in any case; nil when it is no such code.
  public init?(typed text: String) {
    let letters = text.uppercased().filter { $0 != "-" && !$0.isWhitespace }
    guard [Self.length, Self.earlierLength].contains(letters.count),
      letters.allSatisfy(Self.alphabet.contains)
    else { return nil }
    self.letters = letters
  }

  /// - Parameter random: 24 unpredictable bytes, of each of which five bits are used.
  init(random: [UInt8]) {
    letters = String(random.prefix(Self.length).map { Self.alphabet[Int($0 & 31)] })
  }

  /// What the database keeps of it.
  func digest(of user: UserID) -> [UInt8] { sha256("recovery\n\(user)\n\(letters)") }
}

/// The half of a reset that the second administrator says: 40 random bits, five attempts.
struct SpokenCode {
  private static let alphabet = Array("ABCDEFGHJKLMNPQRSTUVWXYZ23456789")
  let letters: String

  init(random: [UInt8]) {
    letters = String(random.prefix(8).map { Self.alphabet[Int($0 & 31)] })
  }

  init(typed text: String) {
    letters = text.uppercased().filter { $0 != "-" && !$0.isWhitespace }
  }

  var text: String { "\(letters.prefix(4))-\(letters.suffix(4))" }

  func digest(of invitation: Int64) -> [UInt8] { sha256("spoken\n\(invitation)\n\(letters)") }
}
