import StudyModel
import Testing

/// Values of several entries: the one before, those at the visit, all.
struct OccasionTests {
  private static func entry(
    _ form: String, _ visit: String, _ values: [String: String], occurrence: Int = 1,
    version: Int = 1, status: EntryStatus = .submitted
  ) throws -> FormEntry {
    var answers: [FieldID: FieldAnswer] = [:]
    for (name, text) in values { answers[try FieldID(parsing: name)] = .value(text) }
    return FormEntry(
      form: try FormID(parsing: form), visit: try VisitCode(parsing: visit),
      occurrence: occurrence, version: version, status: status, answers: answers)
  }

  private static func values(
    _ form: String, _ visit: String, occurrence: Int = 1, _ entries: [FormEntry]
  ) throws -> [String: FormulaValue] {
    let study = try ReferenceTrial.study
    let found = study.outsideValues(
      for: try #require(study.form(try FormID(parsing: form))), at: try VisitCode(parsing: visit),
      occurrence: occurrence, among: entries,
      by: try ReferenceTrial.clocks.site, facts: [.visit: .text(visit)])
    return Dictionary(uniqueKeysWithValues: found.map { ($0.key.description, $0.value) })
  }

  @Test func `the entry before is the latest of an earlier visit, whatever was entered when`()
    throws
  {
    let entries = [
      try Self.entry("MADRS", "A2", ["total": "3"]),
      try Self.entry("MADRS", "SCR", ["total": "1"]),
      try Self.entry("MADRS", "BL", ["total": "2"]),
      try Self.entry("MADRS", "BL", ["total": "6"], version: 2),
      try Self.entry("MADRS", "F3", ["total": "5"]),
      try Self.entry("MADRS", "EOT", ["total": "4"], status: .inProgress),
    ]
    func before(_ visit: String) throws -> FormulaValue? {
      try Self.values("MADRS", visit, entries)["total@previous"]
    }
    #expect(try before("A2") == .number(ExactNumber(6)))
    #expect(try before("SCR") == .missing)
    // A draft is not an entry that was handed in.
    #expect(try before("F3") == .number(ExactNumber(3)))
    let kits = [
      try Self.entry("KDOSE", "K3", ["vdate": "2027-01-13", "kit": "C"]),
      try Self.entry("KDOSE", "K1", ["vdate": "2027-01-05", "kit": "A"]),
      try Self.entry("KDOSE", "K5", ["vdate": "2027-01-20", "kit": "E"]),
      try Self.entry("KDOSE", "K4", ["vdate": "2027-01-16", "kit": "D"], status: .inProgress),
    ]
    let third = try Self.values("KDOSE", "K3", kits)
    #expect(third["kit@all"] == .choices(["A", "E"]))
    #expect(third["FACT.visit"] == .text("K3"))
  }

  @Test func `what was given last stands for the entry before, over entries that give nothing`()
    throws
  {
    let entries = [
      try Self.entry("WT", "SCR", ["weight": "70.0"]),
      try Self.entry("WT", "EOT", ["done": "N", "reason_nd": "scale broken"]),
      try Self.entry("WT", "F6", ["weight": "91.0"]),
    ]
    let last = try Self.values("WT", "F6", entries)
    #expect(last["weight@previous"] == .number(ExactNumber(70)))
    let unsaid = try Self.values("WT", "F6", Array(entries.dropFirst()))
    #expect(unsaid["weight@previous"] == .missing)
  }

  @Test func `the repeats at the visit are listed in their order`() throws {
    let entries = [
      try Self.entry("KMON", "K1", ["t_min": "10"], occurrence: 2),
      try Self.entry("KMON", "K1", ["t_min": "-10"], occurrence: 1),
      try Self.entry("KMON", "K2", ["t_min": "20"]),
    ]
    #expect(try Self.values("KDISCH", "K1", entries)["KMON.t_min@here"] == .choices(["-10", "10"]))
    #expect(try Self.values("KDISCH", "K3", entries)["KMON.t_min@here"] == .missing)
    let form = try #require(try ReferenceTrial.study.form(try FormID(parsing: "KMON")))
    #expect(
      form.planned?.missing(among: Array(entries.prefix(2)))
        == ["20", "30", "40", "60", "80", "100", "120"])
  }

  @Test func `a form without a visit looks back on everything`() throws {
    let entries = [
      try Self.entry("KDOSE", "K1", ["vdate": "2027-01-05", "given_mg": "35"]),
      try Self.entry("KDOSE", "K2", ["vdate": "2027-01-08", "given_mg": "35"]),
    ]
    let event = try Self.values("AE", "UNS", entries)
    #expect(event["KDOSE.given_mg@all"] == .choices(["35", "35"]))
    #expect(event["ECTTX.charge_mc@all"] == .missing)
  }

  @Test func `the weight before is found across visits`() throws {
    let entries = [
      try Self.entry("WT", "SCR", ["height": "170", "weight": "70"]),
      try Self.entry("WT", "EOT", ["weight": "78"]),
    ]
    let values = try Self.values("WT", "EOT", entries)
    #expect(values["weight@previous"] == .number(ExactNumber(70)))
    #expect(values["height@SCR"] == .number(ExactNumber(170)))
  }
}
