import Foundation
import Instruments
import StudyLanguage
import StudyModel
import Testing

/// The reference vectors of every instrument, against the rules in the library.
struct VectorTests {
  static let files = [
    "BPRSP", "CADSS", "CEQ", "CGI", "CSSRSS", "GAD7", "GSEMY", "HAMD17", "HVLTR", "MADRS",
    "MEQ30", "MOAAS", "MOCA", "PHQ9", "QIDSC16", "QIDSSR16", "QLESQSF", "QOLS16", "SETS", "SMCQ",
    "WHODAS12", "YMRS",
  ]

  @Test(arguments: files)
  func `an instrument scores every reference vector`(file: String) throws {
    let reference = try ReferenceFile.read(file)
    let instrument = try #require(try Library.all.first { $0.id.text == file })
    #expect(reference.vectors.count >= 13)
    for vector in reference.vectors {
      let score = instrument.score(Answers.typed(vector.answers, instrument))
      #expect(score.status.rawValue == vector.out["status"]?.plain, "\(vector.id)")
      #expect(.list(score.alerts.map { .text($0) }) == vector.out["alerts"], "\(vector.id)")
      let errors = score.invalidItems.map { PlainValue.text($0.text) }
      #expect(vector.out["errors"] ?? .list([]) == .list(errors), "\(vector.id)")
      for output in reference.instrument.outputs {
        let id = try FieldID(parsing: output)
        let expected = try #require(vector.out[output])
        #expect(
          (score.outputs[id] ?? .missing).storedText == expected.plain, "\(vector.id) \(output)")
      }
    }
  }

  @Test(arguments: files)
  func `an instrument has the items, ranges and licence of its reference`(file: String) throws {
    let reference = try ReferenceFile.read(file).instrument
    let instrument = try #require(try Library.all.first { $0.id.text == file })
    #expect(instrument.licence.rawValue == reference.licence)
    #expect(instrument.respondent == reference.respondent)
    #expect(instrument.items.map(\.id.text) == reference.items.map(\.id))
    for (item, expected) in zip(instrument.items, reference.items) {
      #expect(item.range == expected.range, "\(expected.id)")
    }
  }

  @Test func `an unscheduled questionnaire is a relapse by the same total as its instrument`()
    throws
  {
    let study = try StudyDefinition(
      yaml: try String(
        contentsOf: Tree.file("Docs/ReferenceTrial/kap-ect.yaml"), encoding: .utf8))
    let form = try #require(study.form(try FormID(parsing: "QIDSU")))
    let field = try #require(form.field(try FieldID(parsing: "relapse_on")))
    let clocks = FormulaClocks(site: try SiteClock(zone: "Europe/London"), sponsor: nil)
    let at = try UTCInstant(parsing: "2027-06-01T23:15:00Z")
    let entered = try #require(StudyFact.enteredAt.reference)
    let total = try FieldID(parsing: "total")
    let instrument = try #require(try Library.all.first { $0.id.text == "QIDSSR16" })
    var found: [Bool: Int] = [:]
    for vector in try ReferenceFile.read("QIDSSR16").vectors {
      let answers = Answers.typed(vector.answers, instrument)
      let score = instrument.score(answers)
      guard score.invalidItems.isEmpty else { continue }
      let value = try #require(field.calculation).value(
        in: FormulaEnvironment(own: answers, elsewhere: [entered: .instant(at)], clocks: clocks))
      let isAbove =
        if case .number(let number)? = score.outputs[total] { number > ExactNumber(11) } else {
          false
        }
      #expect((value == .date(try CalendarDate(parsing: "2027-06-02"))) == isAbove, "\(vector.id)")
      #expect((value == .missing) == !isAbove, "\(vector.id)")
      found[isAbove, default: 0] += 1
    }
    #expect(found[true, default: 0] >= 3 && found[false, default: 0] >= 3, "\(found)")
  }

  @Test func `response, remission and change follow the reference`() throws {
    let vectors = try ReferenceFile.change()
    #expect(vectors.count > 10)
    for vector in vectors {
      let change = Change(
        baseline: vector.baseline, followUp: vector.followUp,
        remissionAtMost: vector.remissionMaximum)
      #expect(change.difference.map { "\($0)" } == vector.out["change"]?.plain, "\(vector.id)")
      #expect(
        change.percent?.text(decimals: 1) == vector.out["pct_change"]?.plain, "\(vector.id)")
      #expect(change.isResponse.map { "\($0)" } == vector.out["response"]?.plain, "\(vector.id)")
      #expect(change.isRemission.map { "\($0)" } == vector.out["remission"]?.plain, "\(vector.id)")
    }
  }
}
