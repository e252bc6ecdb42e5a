import StudyModel
import Testing

@testable import Web

@Suite struct HTTPDateTests {
  /// The first is the example of RFC 9110, 5.6.7; the others were told by `date -u -R -d @SECONDS`.
  @Test(arguments: [
    (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
    (-1, "Wed, 31 Dec 1969 23:59:59 GMT"), (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
    (1_805_101_200, "Mon, 15 Mar 2027 09:00:00 GMT"),
    (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 GMT"),
  ])
  func `an instant is told as the header Date tells it, in whole seconds`(
    seconds: Int, text: String
  ) {
    for micros in [0, 999_999] {
      let instant = UTCInstant(microsecondsSince1970: Int64(seconds) * 1_000_000 + Int64(micros))
      #expect(HTTPDate.text(instant) == text)
    }
  }
}
