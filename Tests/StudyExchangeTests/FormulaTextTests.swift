import StudyExchange
import StudyModel
import Testing

@Suite struct FormulaTextTests {
  @Test(arguments: [
    "a or b and not c", "(a or b) and c", "not (a = 1)", "not not (a and b)", "-(-a)", "-(a + b)",
    "a - (b - c)", "a - b - c", "a / (b * c)", "a * b / c", "(a = b) = c", "1 < 2 and has(x)",
    "sum(m01..m10)", "sum(m01, m02, m04)", "if(a, 'x', missing)", "DM.age@SCR >= 18",
    "band(t, 0, 'low', 7.5, 'high')", "(a + b) * -c", "not a = 1 or b", "max(a, -a)",
    "one_of(s, 'a', 'b') and includes(m, 'c')", "0.125 * x",
    "count_answered(m1@here, m2@here, m3@here)", "total - total@previous > 20", "has(SAE.no@all)",
    "later(FACT.day0, 34) > earliest(start)", "starts_with(atc, 'N03A', 'N05') and FLAG.ITTFL",
  ])
  func `a formula that was written is read as the same formula`(_ text: String) throws {
    let formula = try Formula(parsing: text)
    let written = try #require(formula.text)
    #expect(try Formula(parsing: written) == formula, "\(written)")
  }

  @Test func `formulas put together at random come back`() throws {
    var state: UInt64 = 7
    func draw(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(bound))
    }
    func field() throws -> Formula {
      .reference(FieldReference(field: try FieldID(parsing: "f\(draw(30))")))
    }
    func make(_ depth: Int) throws -> Formula {
      guard depth > 0 else {
        return draw(2) == 0 ? try field() : .constant(.number(ExactNumber(draw(99))))
      }
      switch draw(7) {
      case 0: return .not(try make(depth - 1))
      case 1: return .negated(try make(depth - 1))
      case 2: return .and(try make(depth - 1), try make(depth - 1))
      case 3: return .or(try make(depth - 1), try make(depth - 1))
      case 4:
        let signs = ArithmeticOperator.allCases
        return .arithmetic(signs[draw(4)], try make(depth - 1), try make(depth - 1))
      case 5:
        let signs = ComparisonOperator.allCases
        return .comparison(signs[draw(6)], try make(depth - 1), try make(depth - 1))
      default: return .call(.max, [try make(depth - 1), try field(), try field()])
      }
    }
    for _ in 0..<3000 {
      let formula = try make(1 + draw(5))
      let written = try #require(formula.text)
      #expect(try Formula(parsing: written) == formula, "\(written)")
    }
  }

  @Test func `what has no spelling gives no text`() throws {
    #expect(Formula.constant(.text("it's")).text == nil)
    #expect(Formula.constant(.date(CalendarDate(daysSince1970: 0))).text == nil)
    #expect(Formula.constant(.number(ExactNumber(-1))).text == nil)
    let third = try #require(ExactNumber(1, over: 3))
    #expect(Formula.not(.constant(.number(third))).text == nil)
  }
}
