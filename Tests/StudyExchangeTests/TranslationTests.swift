import StudyExchange
import StudyLanguage
import StudyModel
import Testing

/// Expressions of REDCap and what becomes of them.
@Suite struct TranslationTests {
  private static let head =
    BrokenFile.head + """
      sex,one,,radio,Sex,"0, Female | 1, Male",,,,,,,
      pain,one,,radio,Pain,"0, None | 1, Some | 2, Much",,,,,,,
      meds,one,,checkbox,Medicines,"1, First | 2, Second",,,,,,,
      ok,one,,yesno,All right,,,,,,,,
      n,one,,text,Number,,,number,,,,,
      m,one,,text,Other number,,,integer,,,,,
      from,one,,text,From,,,date_ymd,,,,,
      till,one,,text,Till,,,date_ymd,,,,,
      begin,one,,text,Begin,,,datetime_ymd,,,,,
      end,one,,text,End,,,datetime_ymd,,,,,
      name,one,,text,Name,,,,,,,,
      far,two,,text,Elsewhere,,,integer,,,,,

      """

  private func form(_ row: String) throws -> (form: Form, report: ExchangeReport) {
    let draft = try StudyImport(Array((Self.head + row + "\n").utf8), name: "one")
    #expect(draft.report.faults.isEmpty, "\(draft.report.faults)")
    let forms = try #require(draft.study?.forms)
    return (try #require(forms.first { $0.id.text == "ONE" }), draft.report)
  }

  private static func quoted(_ text: String) -> String {
    "\"" + text.replacing("\"", with: "\"\"") + "\""
  }

  @Test(arguments: [
    ("[sex] = '1'", "sex = '1'"), ("[sex] = 1", "sex = '1'"), ("'1' = [sex]", "sex = '1'"),
    ("[sex] <> '1'", "not definitely(sex = '1')"), ("[sex] = ''", "not has(sex)"),
    ("[sex] <> \"\"", "has(sex)"), ("[ok] = '1'", "ok = true"),
    ("[ok] != '0'", "not definitely(ok = false)"),
    ("[meds(2)] = '1'", "definitely(includes(meds, '2'))"),
    ("[meds(2)] = '0'", "not definitely(includes(meds, '2'))"),
    ("[meds(2)] <> '1'", "not definitely(includes(meds, '2'))"),
    ("[pain] >= 1", "one_of(pain, '1', '2')"), ("2 > [pain]", "one_of(pain, '0', '1')"),
    ("[n] > 3 and [m] <= 2.5", "n > 3 and m <= 2.5"), ("[n] > -3", "n > -3"),
    ("[n] = 1 or [m] = 2 and [ok] = 1", "n = 1 or m = 2 and ok = true"),
    ("([n] = 1 OR [m] = 2) AND [ok] = 1", "(n = 1 or m = 2) and ok = true"),
    ("[from] > [till]", "from > till"), ("[name] = 'x'", "name = 'x'"),
    ("[far] = 7", "TWO.far = 7"), ("!([n] = 1)", "not definitely(n = 1)"),
    ("isblankormissingcode([n])", "not has(n)"), ("[n] + [m] > 10", "n + m > 10"),
  ])
  func `a condition becomes a formula that decides the same`(_ written: String, _ formula: String)
    throws
  {
    let (form, report) = try form("x,one,,text,X,,,,,,,\(Self.quoted(written)),y")
    let id = try FieldID(parsing: "x")
    let field = try #require(form.field(id))
    let wanted = try Formula(parsing: formula)
    #expect(field.required == .conditional(wanted), "\(report.leftOut)")
    #expect(form.checks.contains { $0.field == id })
  }

  @Test(arguments: [
    ("[n] + [m] * 2", "n + m * 2"), ("([n] + [m]) / 2", "(n + m) / 2"), ("[n]^2", "n * n"),
    ("round([n], 1)", "round(n, 1)"), ("round([n])", "round(n, 0)"),
    ("sum([n], [m])", "if(count_answered(n, m) > 0, sum_answered(n, m), missing)"),
    ("mean([n], [m])", "sum_answered(n, m) / count_answered(n, m)"),
    ("max([n], [m])", "max_answered(n, m)"), ("min([n], [m])", "-max_answered(-n, -m)"),
    ("abs([n])", "max(n, -n)"),
    ("if([ok] = '1', [n], '')", "if(definitely(ok = true), n, missing)"),
    ("[ok] + 1", "if(ok, 1, 0) + 1"),
    ("[sex] * 3", "if(sex = '0', 0, if(sex = '1', 1, missing)) * 3"),
    (
      "[meds(1)] + [meds(2)]",
      "if(definitely(includes(meds, '1')), 1, 0) + if(definitely(includes(meds, '2')), 1, 0)"
    ),
    ("datediff([from], [till], 'd')", "max(days(till, from), days(from, till))"),
    ("datediff([from], [till], 'd', true)", "days(till, from)"),
    ("datediff([from], [till], 'y', 'ymd', true)", "days(till, from) / 365.2425"),
    ("datediff([begin], [end], 'h', true)", "minutes(end, begin) / 60"),
  ])
  func `a calculation becomes a formula of the same value`(_ written: String, _ formula: String)
    throws
  {
    let (form, report) = try form("x,one,,calc,X,\(Self.quoted(written)),,,,,,,")
    let field = form.field(try FieldID(parsing: "x"))
    #expect(field?.calculation == (try Formula(parsing: formula)), "\(report.leftOut)")
  }

  @Test(arguments: [
    ("datediff([from], 'today', 'd')", "the clock"), ("sqrt([n])", "“sqrt”"),
    ("[nobody] + 1", "no field “nobody”"), ("[name] + 1", "not a number"),
    ("[current-instance] + 1", "other system only"), ("[n] % 2", "Remainders"),
    ("[n]^0.5", "whole powers"), ("[n] +", "does not parse"),
    ("[from] = '2026-01-01'", "fixed date"),
    ("[sex] = '7'", "not a code"), ("datediff([from], [begin], 'd')", "compared"),
    ("[id] + 1", "no field “id”"),
  ])
  func `a calculation without counterpart is left out with its formula and the reason`(
    _ written: String, _ reason: String
  ) throws {
    let (form, report) = try form("x,one,,calc,X,\(Self.quoted(written)),,,,,,,")
    #expect(form.field(try FieldID(parsing: "x")) == nil)
    let remark = try #require(report.leftOut.first { $0.name == "x" })
    #expect(remark.sentence.contains(reason), "\(remark)")
    #expect(remark.sentence.hasSuffix(written), "\(remark)")
  }

  @Test func `a computed field moves below those it is computed from`() throws {
    let rows = "x,one,,calc,X,[y] + 1,,,,,,,\ny,one,,calc,Y,[n] + 1,,,,,,,"
    let (form, report) = try form(rows)
    let names = form.fields.map(\.id.text)
    let (x, y) = (names.firstIndex(of: "x"), names.firstIndex(of: "y"))
    #expect(try #require(x) > (try #require(y)))
    #expect(report.repaired.contains { $0.name == "x" && $0.sentence.contains("stands after") })
  }

  @Test func `a condition that reads an identifier makes no open field required`() throws {
    let rows =
      "born,one,,text,Born,,,integer,,,y,,\nx,one,,text,X,,,,,,,[born] > 1950,y"
    let (form, report) = try form(rows)
    #expect(form.field(try FieldID(parsing: "x"))?.required == .optional)
    #expect(report.leftOut.contains { $0.name == "x" && $0.sentence.contains("more guarded") })
  }
}
