import StudyModel
import Testing

/// Formulas nobody would write: they are refused or worked out, never a crash.
struct FormulaFuzzTests {
  private static let pieces = [
    "a", "b", "gone", "sex", "yes", "list", "d1", "t1", "7", "0", "0.5", "'F'", "''", "true",
    "missing", "+", "-", "*", "/", "=", "!=", "<", "<=", ">", "and", "or", "not", "(", ")", ",",
    "..", "i01", "i03", "sum(", "if(", "has(", "band(", "round(", "max_answered(", "days(",
    "one_of(", "includes(", "MADRS.total@BL", "a@previous", "KMON.t_min@here", "FACT.arm", "later(",
    "earliest(", "latest(", "starts_with(", "date(",
    "sponsor_date(", "first_from(", "last_until(", ".", "@", "999999999999999999",
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
      _ = formula.value(in: FormulaEnvironment(clocks: .none))
    }
    #expect(read > 100, "seed \(seed)")
  }

  // Formulas grown from the grammar of truth: what is known to hold holds whatever else becomes known.
  @Test(arguments: [7, 8, 9] as [UInt64])
  func `a decided formula stays decided when missing values become known`(seed: UInt64) throws {
    var bits = SplitMix(state: seed)
    var decided = 0
    for _ in 0..<3000 {
      let text = Self.truth(&bits, depth: 4)
      let formula = try Formula(parsing: text)
      let some = try Self.environment(&bits, isWhole: false)
      let known = formula.truth(in: some)
      guard let known else { continue }
      decided += 1
      for _ in 0..<4 {
        var whole = try Self.environment(&bits, isWhole: true)
        whole.own.merge(some.own) { $1 }
        #expect(formula.truth(in: whole) == known, "seed \(seed): \(text)")
      }
    }
    #expect(decided > 500, "seed \(seed)")
  }

  private static let numbers = ["n1", "n2", "n3"]
  private static let truths = ["t1", "t2", "t3"]

  private static func truth(_ bits: inout SplitMix, depth: Int) -> String {
    let choice = depth == 0 ? bits.next() % 2 : bits.next() % 6
    switch choice {
    case 0: return truths[Int(bits.next() % 3)]
    case 1:
      let sign = ["=", "!=", "<", "<=", ">", ">="][Int(bits.next() % 6)]
      return "\(number(&bits, depth: depth)) \(sign) \(number(&bits, depth: depth))"
    case 2: return "(not \(truth(&bits, depth: depth - 1)))"
    case 3: return "(\(truth(&bits, depth: depth - 1)) or \(truth(&bits, depth: depth - 1)))"
    default: return "(\(truth(&bits, depth: depth - 1)) and \(truth(&bits, depth: depth - 1)))"
    }
  }

  private static func number(_ bits: inout SplitMix, depth: Int) -> String {
    switch depth == 0 ? bits.next() % 2 : bits.next() % 4 {
    case 0: return numbers[Int(bits.next() % 3)]
    case 1: return String(bits.next() % 4)
    case 2: return "sum(\(number(&bits, depth: 0)), \(number(&bits, depth: 0)))"
    default: return "(\(number(&bits, depth: depth - 1)) - \(number(&bits, depth: 0)))"
    }
  }

  private static func environment(
    _ bits: inout SplitMix, isWhole: Bool
  ) throws -> FormulaEnvironment {
    var own: [FieldID: FormulaValue] = [:]
    for name in numbers where isWhole || bits.next() % 2 == 0 {
      own[try FieldID(parsing: name)] = .number(ExactNumber(Int(bits.next() % 4)))
    }
    for name in truths where isWhole || bits.next() % 2 == 0 {
      own[try FieldID(parsing: name)] = .truth(bits.next() % 2 == 0)
    }
    return FormulaEnvironment(own: own, clocks: .none)
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
