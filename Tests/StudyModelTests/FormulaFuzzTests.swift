import StudyModel
import Testing

/// Formulas nobody would write: they are refused or worked out, never a crash.
struct FormulaFuzzTests {
  private static let pieces = [
    "a", "b", "gone", "sex", "yes", "list", "d1", "t1", "7", "0", "0.5", "'F'", "''", "true",
    "missing", "+", "-", "*", "/", "=", "!=", "<", "<=", ">", "and", "or", "not", "(", ")", ",",
    "..", "i01", "i03", "sum(", "if(", "has(", "band(", "round(", "max_answered(", "days(",
    "one_of(", "includes(", "MADRS.total@BL", ".", "@", "999999999999999999",
  ]

  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func `any row of pieces is refused or has a value`(seed: UInt64) throws {
    var bits = SplitMix(state: seed)
    let environment = try FormulaTests.environment
    var read = 0
    for _ in 0..<4000 {
      let length = 1 + Int(bits.next() % 9)
      let text = (0..<length)
        .map { _ in Self.pieces[Int(bits.next() % UInt64(Self.pieces.count))] }
        .joined(separator: " ")
      guard let formula = try? Formula(parsing: text) else { continue }
      read += 1
      let value = formula.value(in: environment)
      #expect(formula.value(in: environment) == value, "seed \(seed): \(text)")
      // What is known of nothing at all may be missing, and is so in both runs.
      _ = formula.value(in: FormulaEnvironment())
    }
    #expect(read > 100, "seed \(seed)")
  }

  // Oracle: whole-number arithmetic on a common denominator of 60.
  @Test(arguments: [5, 6] as [UInt64])
  func `sums, products and order of fractions agree with whole numbers`(seed: UInt64) throws {
    var bits = SplitMix(state: seed)
    for _ in 0..<5000 {
      let (one, other) = (Int(bits.next() % 2001) - 1000, Int(bits.next() % 2001) - 1000)
      let left = try #require(ExactNumber(Int128(one), over: 60))
      let right = try #require(ExactNumber(Int128(other), over: 60))
      #expect(left.plus(right) == ExactNumber(Int128(one + other), over: 60), "seed \(seed)")
      #expect(left.times(right) == ExactNumber(Int128(one * other), over: 3600), "seed \(seed)")
      #expect((left < right) == (one < other), "seed \(seed)")
      // Half away from zero, by whole numbers: add half of the divisor, then cut.
      let cut = (abs(one) * 100 + 30) / 60 * (one < 0 ? -1 : 1)
      #expect(left.rounded(decimals: 2) == ExactNumber(Int128(cut), over: 100), "seed \(seed)")
    }
  }
}

/// A small generator with a fixed sequence.
struct SplitMix {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
