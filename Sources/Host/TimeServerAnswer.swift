import Conduct
import StudyModel

/// The answer of a time server (SNTP, RFC 4330 and 5905), read strictly.
///
/// What does not answer this very question, comes from a server that is not synchronized itself, or
/// says that it would not be asked is no answer.
struct TimeServerAnswer {
  static let length = 48
  // 1900-01-01 to 1970-01-01.
  private static let secondsBefore1970: Int64 = 2_208_988_800
  private static let secondsOfEra: Int64 = 1 << 32

  /// The question: version 4, client, with a mark in the place of the sender's instant, so that the
  /// network learns nothing of this clock and nobody off the path can answer.
  static func question(_ mark: [UInt8]) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: length)
    bytes[0] = 0b00_100_011
    bytes.replaceSubrange(40..<48, with: mark)
    return bytes
  }

  /// Reads an answer, nil when it is none to this question.
  static func reading(
    _ bytes: [UInt8], to mark: [UInt8], asked: UTCInstant, answered: UTCInstant
  ) -> TimeServerReading? {
    guard bytes.count >= length else { return nil }
    let leap = bytes[0] >> 6
    let version = bytes[0] >> 3 & 0b111
    let mode = bytes[0] & 0b111
    let stratum = bytes[1]
    // Leap 3: not synchronized. Stratum 0: a refusal. 16 and more: not synchronized.
    guard leap != 3, (1...4).contains(version), mode == 4, (1...15).contains(stratum),
      Array(bytes[24..<32]) == mark
    else { return nil }
    let (from, back) = (asked.microsecondsSince1970, answered.microsecondsSince1970)
    guard back >= from, let received = instant(bytes[32..<40], near: from),
      let sent = instant(bytes[40..<48], near: from), sent >= received
    else { return nil }
    let trip = (back - from) - (sent - received)
    guard trip >= 0 else { return nil }
    return TimeServerReading(offset: ((from - received) + (back - sent)) / 2, roundTrip: trip)
  }

  /// A timestamp of 32 bits of seconds and 32 of fraction, in the era that is nearest to a clock.
  private static func instant(_ bytes: ArraySlice<UInt8>, near now: Int64) -> Int64? {
    let number = bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard number != 0 else { return nil }
    var seconds = Int64(number >> 32) - secondsBefore1970
    let here = now / 1_000_000
    while here - seconds > secondsOfEra / 2 { seconds += secondsOfEra }
    return seconds * 1_000_000 + Int64(((number & 0xFFFF_FFFF) * 1_000_000) >> 32)
  }
}
