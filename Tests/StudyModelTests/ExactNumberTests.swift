import StudyModel
import Testing

struct ExactNumberTests {
  @Test(arguments: [
    ("0", "0"), ("-0", "0"), ("007", "7"), ("1.50", "1.5"), ("-12.345", "-12.345"),
    ("999999999999999999", "999999999999999999"), ("0.000000000000000001", "0.000000000000000001"),
  ])
  func `a number keeps its value and has one text`(written: String, stored: String) throws {
    #expect(try ExactNumber(parsing: written).description == stored)
  }

  @Test(arguments: ["", "-", ".5", "5.", "1e3", "1,5", "+1", "٣", "1.2.3", "1000000000000000000"])
  func `what is not plain decimal text is refused`(written: String) {
    #expect(throws: ParseFault.self) { try ExactNumber(parsing: written) }
  }

  @Test(arguments: [
    (1, 8, 2, "0.13"), (-1, 8, 2, "-0.13"), (20, 3, 4, "6.6667"), (4, 3, 4, "1.3333"),
    (5, 10, 0, "1"), (-5, 10, 0, "-1"), (49, 100, 0, "0"), (1999, 1000, 2, "2"),
  ])
  func `rounding goes half away from zero`(top: Int, bottom: Int, decimals: Int, text: String) {
    #expect(ExactNumber(Int128(top), over: Int128(bottom))?.text(decimals: decimals) == text)
  }

  @Test func `a third three times is one, exactly`() throws {
    let third = try #require(ExactNumber(1, over: 3))
    #expect(third.plus(third)?.plus(third) == ExactNumber(1))
    #expect(third.decimals == nil)
    #expect(ExactNumber(1).divided(by: ExactNumber(0)) == nil)
  }

  @Test func `comparison is exact where binary floating point ties`() throws {
    let below = try #require(ExactNumber(Int128(10) * 999_999_999_999 - 1, over: 999_999_999_999))
    #expect(below < ExactNumber(10))
    #expect(!(ExactNumber(10) < below))
    #expect(ExactNumber(-3) < ExactNumber(-2))
  }

  @Test func `what is too large to hold is nothing, never wrong`() throws {
    var power = try ExactNumber(parsing: "999999999999999999")
    power = try #require(power.times(power))
    // (10^18 - 1)^2 = 10^36 - 2 * 10^18 + 1.
    #expect(power.description == "999999999999999998000000000000000001")
    #expect(power.times(power) == nil)
  }
}
