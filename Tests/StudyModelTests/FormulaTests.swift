import StudyModel
import Testing

struct FormulaTests {
  static var environment: FormulaEnvironment {
    get throws {
      var own: [FieldID: FormulaValue] = [:]
      own[try FieldID(parsing: "a")] = .number(ExactNumber(7))
      own[try FieldID(parsing: "b")] = .number(ExactNumber(2))
      own[try FieldID(parsing: "sex")] = .text("F")
      own[try FieldID(parsing: "yes")] = .truth(true)
      own[try FieldID(parsing: "no")] = .truth(false)
      own[try FieldID(parsing: "list")] = .choices(["X", "Y"])
      own[try FieldID(parsing: "sizes")] = .choices(["10", "9.5", "-2"])
      own[try FieldID(parsing: "one")] = .choices(["X"])
      own[try FieldID(parsing: "d1")] = .date(try CalendarDate(parsing: "2028-02-28"))
      own[try FieldID(parsing: "d2")] = .date(try CalendarDate(parsing: "2028-03-01"))
      own[try FieldID(parsing: "t1")] = .instant(try UTCInstant(parsing: "2027-03-28T00:30:00Z"))
      own[try FieldID(parsing: "t2")] = .instant(try UTCInstant(parsing: "2027-03-28T01:20:30Z"))
      // Morning in Adelaide, the evening before in Greenwich and New York.
      own[try FieldID(parsing: "t3")] = .instant(try UTCInstant(parsing: "2027-02-28T22:30:00Z"))
      own[try FieldID(parsing: "t4")] = .instant(try UTCInstant(parsing: "2027-12-31T20:00:00Z"))
      for item in 1...3 {
        own[try FieldID(parsing: "i0\(item)")] = .number(ExactNumber(item))
      }
      let elsewhere = FieldReference(
        form: try FormID(parsing: "MADRS"), field: try FieldID(parsing: "total"),
        visit: try VisitCode(parsing: "BL"))
      return FormulaEnvironment(
        own: own, elsewhere: [elsewhere: .number(ExactNumber(31))],
        clocks: FormulaClocks(
          site: try SiteClock(zone: "Australia/Adelaide"),
          sponsor: try SiteClock(zone: "America/New_York")))
    }
  }

  @Test(arguments: [
    ("a / b", "3.5"), ("a - b - 1", "4"), ("a - (b - 1)", "6"), ("2 + a * b", "16"),
    ("-a + b", "-5"),
    ("a / 3 * 3 = a", "true"), ("a / 0", nil), ("not (a < b)", "true"), ("not a < b", "true"),
    ("a > b and sex = 'F'", "true"), ("sex != 'M'", "true"), ("gone > 1", nil), ("gone + 1", nil),
    ("gone > 1 and no", "false"), ("gone > 1 or yes", "true"), ("gone > 1 and yes", nil),
    ("gone > 1 or no", nil), ("not has(gone)", "true"), ("has(a)", "true"),
    ("if(a > b, 'x', 'y')", "x"), ("if(gone = 1, 'x', 'y')", nil),
    ("definitely(gone = 1)", "false"),
    ("sum(i01..i03)", "6"), ("sum(i01..i03, gone)", nil), ("sum_answered(i01..i03, gone)", "6"),
    ("max(i01..i03) - min(i01..i03)", "2"), ("max_answered(gone, i02)", "2"),
    ("max_answered(gone)", nil), ("count_answered(i01..i03, gone)", "3"),
    ("sum_answered(gone)", "0"),
    ("min(sizes)", "-2"), ("max(sizes, a)", "10"), ("sum(sizes)", "17.5"),
    ("max(sizes, gone)", nil), ("max(list)", nil), ("max_answered(list, b)", "2"),
    ("count_answered(sizes)", "1"),
    ("count_true(a > 1, b > 3, yes)", "2"), ("count_true(a > 1, gone)", nil),
    ("round(a / 3, 2)", "2.33"), ("round(-a / 2, 0)", "-4"),
    ("band(a, 0, 'low', 7, 'high')", "high"),
    ("band(6.9999, 0, 'low', 7, 'high')", "low"), ("band(-1, 0, 'low', 7, 'high')", nil),
    ("one_of(sex, 'M', 'F')", "true"), ("one_of(sex, 'M')", "false"), ("one_of(gone, 'M')", nil),
    ("includes(list, 'X')", "true"), ("list = 'X'", "false"), ("one = 'X'", "true"),
    ("days(d2, d1)", "2"), ("minutes(t2, t1)", "50"), ("minutes(t1, t2)", "-51"),
    ("year(d1)", "2028"), ("date(t2)", "2027-03-28"), ("date(d1)", "2028-02-28"),
    ("date(t3)", "2027-03-01"),
    ("sponsor_date(t3)", "2027-02-28"), ("sponsor_date(t2)", "2027-03-27"),
    ("sponsor_date(d1)", "2028-02-28"), ("sponsor_date(a)", nil), ("year(t4)", "2028"),
    ("date(a)", nil), ("later(d1, 2)", "2028-03-01"), ("later(d1, -59)", "2027-12-31"),
    ("later(d1, 0.5)", nil), ("later(d1, 99999)", nil), ("later(gone, 1)", nil),
    ("earliest('2028')", "2028-01-01"), ("latest('2028')", "2028-12-31"),
    ("latest('2028-02')", "2028-02-29"), ("latest('2027-02')", "2027-02-28"),
    ("earliest('2028-02-03')", "2028-02-03"), ("latest(d1)", "2028-02-28"),
    ("latest('spring')", nil), ("earliest(gone)", nil),
    ("first_from(d1, '2028-03', d1, gone)", "2028-02-28"), ("first_from(d1, '2028-02', gone)", nil),
    ("first_from(d1, '2027', '2028-03-09', '2028-03')", "2028-03-01"),
    ("first_from(gone, '2028-03')", nil),
    ("last_until(d2, '2028-03', d1, gone)", "2028-03-01"),
    ("last_until(d1, '2028-03', '2028-02-27', gone)", "2028-02-27"),
    ("last_until(d1, d1, '2027')", "2028-02-28"), ("last_until(d1, d2)", nil),
    ("last_until(gone, d1)", nil),
    ("starts_with(sex, 'M', 'F')", "true"), ("starts_with('N06AX27', 'N06AF', 'N06')", "true"),
    ("starts_with(' n06 af03', 'N06AF')", "true"), ("starts_with('n06a', 'N06 AF')", "false"),
    ("numbered('SAE-', 7, 4)", "SAE-0007"), ("numbered('SAE-', 12345, 4)", "SAE-12345"),
    ("numbered('SAE-', gone, 4)", nil), ("numbered('SAE-', 0 - 1, 4)", nil),
    ("starts_with('N06', 'N06AX')", "false"), ("starts_with(gone, 'N')", nil),
    ("starts_with(a, '7')", nil), ("a@previous", nil), ("a@previous = 7 or yes", "true"),
    ("d1 < d2", "true"), ("sex < 'G'", nil), ("a = 'F'", nil), ("MADRS.total@BL >= 21", "true"),
    ("MADRS.total@EOT", nil), ("true or gone", "true"), ("missing", nil), ("1.50 = 1.5", "true"),
  ])
  func `a formula has the value its sentence says`(text: String, value: String?) throws {
    let formula = try Formula(parsing: text)
    #expect(formula.value(in: try Self.environment).canonicalText == value)
  }

  @Test func `a formula that would take too many steps is refused when it is read`() throws {
    // Each sum of 64 fields takes 65 steps and the sum before it one more.
    func text(_ sums: Int) -> String {
      Array(repeating: "sum(a01..a64)", count: sums).joined(separator: "+")
    }
    #expect(try Formula(parsing: text(30)).steps == 30 * 66 - 1)
    do throws(FormulaFault) {
      _ = try Formula(parsing: text(31))
      Issue.record("a formula of more than 2000 steps was read")
    } catch {
      #expect(error.sentence == "The formula takes more than 2000 steps; divide it.")
    }
  }

  @Test(arguments: [
    "a@previous", "MADRS.total@here", "KDOSE.kit@all", "FACT.arm", "MADRS.total@BL", "a",
  ])
  func `a reference is written as it is read`(text: String) throws {
    guard case .reference(let reference) = try Formula(parsing: text) else {
      Issue.record("\(text) is no reference")
      return
    }
    #expect(reference.description == text)
    #expect(reference.isOutside == (text != "a"))
  }

  @Test(arguments: [
    ("a +", 4), ("a ++ b", 4), ("(a", 3), ("a b", 3), ("a == b", 4), ("'open", 1), ("a & b", 3),
    ("unknown(a)", 1), ("if(a)", 1), ("sum(m10..m01)", 5), ("", 1), ("a.b", 1), ("MADRS.", 1),
    ("1.2.3", 4),
    ("sum()", 5), ("a = b = yes", 7), ("MADRS.total@", 1),
  ])
  func `a formula that cannot be read is refused at its column`(text: String, column: Int) {
    do throws(FormulaFault) {
      _ = try Formula(parsing: text)
      Issue.record("\(text) was read")
    } catch {
      #expect(error.column == column, "\(error)")
    }
  }

  @Test func `a formula nested beyond reason is refused, not a crash`() {
    let deep = String(repeating: "(", count: 1900) + "1" + String(repeating: ")", count: 1900)
    #expect(throws: FormulaFault.self) { try Formula(parsing: deep) }
    let nots = String(repeating: "not ", count: 900) + "yes"
    #expect(throws: Never.self) { try Formula(parsing: nots) }
  }

  @Test func `a formula tells every field it reads`() throws {
    let formula = try Formula(parsing: "if(has(x), sum(i01..i02), MADRS.total@BL) > -y")
    #expect(
      formula.references.map(\.description).sorted() == ["MADRS.total@BL", "i01", "i02", "x", "y"])
  }
}
