import Foundation
import StudyLanguage
import StudyModel
import Testing

/// The reference trial as the product ships it, against the protocol.
struct ReferenceTrialTests {
  @Test func `the reference trial is read without a fault`() throws {
    do {
      let study = try ReferenceTrial.study
      #expect(study.key == "kap-ect")
      #expect(study.arms.map(\.code.text) == ["KET", "KAP", "ECT"])
      #expect(study.arms.map(\.ratio) == [1, 1, 1])
      #expect(study.forms.count == 69)
    } catch let faults as DefinitionFaults {
      Issue.record("\(faults)")
    }
  }

  @Test func `twelve sites stand in places of several countries with a clock of their own`() throws
  {
    let sites = try ReferenceTrial.study.sites
    #expect(sites.map(\.key.text) == (101...112).map(String.init))
    #expect(Set(sites.map(\.country)).count >= 6)
    for site in sites { #expect(throws: Never.self) { try SiteClock(zone: site.timeZone) } }
  }

  @Test func `the outcome visits have the days and windows of the protocol`() throws {
    let visits = try ReferenceTrial.study.visits.filter { $0.dataClass == .open }
    let rows = visits.map { visit in
      "\(visit.code) \(visit.targetDay.map(String.init) ?? "-") "
        + (visit.window.map { "\($0.lowerBound)..\($0.upperBound)" } ?? "-")
    }
    #expect(
      rows == [
        "SCR -14 -28..-1", "BL -3 -7..0", "RND 0 0..0", "A1 8 6..10", "A2 15 13..17",
        "A3 22 20..24", "EOT 29 27..34", "F1 59 52..66", "F2 89 82..96", "F3 119 109..129",
        "F6 209 195..223", "ET - -", "UNS - -",
      ])
  }

  @Test func `the treatment visits belong to their arms and keep their distances`() throws {
    let visits = try ReferenceTrial.study.visits.filter { $0.dataClass == .treatment }
    let arms = visits.map { visit in
      "\(visit.code) " + visit.arms.map(\.text).joined(separator: "+")
    }
    let expected =
      ["PE0 KET+ECT", "P1 KAP", "P2 KAP"] + (1...6).map { "K\($0) KET+KAP" }
      + (1...6).map { "G\($0) KAP" } + (1...9).map { "E\($0) ECT" }
    #expect(arms == expected)
    for visit in visits {
      switch visit.code.text.first {
      case "K" where visit.code.text != "K1":
        #expect(visit.after?.days == 2...5 && visit.latestDay == 26, "\(visit.code)")
      case "G": #expect(visit.after?.days == 1...3 && visit.latestDay == 27, "\(visit.code)")
      case "E" where visit.code.text != "E1":
        #expect(visit.after?.days == 2...4 && visit.latestDay == 27, "\(visit.code)")
      default: #expect(visit.window != nil, "\(visit.code)")
      }
    }
  }

  // Section 6.2, one row a form; ratings are one battery, so that a rater learns nothing of the visit.
  @Test(arguments: [
    ("ICF DM MH PSYHX ELIG MINI ECG LAB MOCA", "SCR"), ("PREG UDS", "SCR BL"),
    ("CM CSSRSS", "SCR BL A1 A2 A3 EOT F1 F2 F3 F6 ET"),
    // A relapse may be told by a questionnaire at an unscheduled visit (section 10).
    ("QIDSSR16", "SCR BL A1 A2 A3 EOT F1 F2 F3 F6 ET"), ("QIDSU", "UNS"),
    ("RANDREQ RANDRES TXACK", "RND"),
    ("VS", "SCR EOT F6 ET"), ("WT", "SCR EOT F6"),
    ("MADRS CGI YMRS BPRSP RBR", "SCR BL A2 EOT F3 F6 ET"), ("RBRC", "A2 EOT F3 F6 ET"),
    ("PHQ9 GAD7 QOLS16 QLESQSF WHODAS12", "BL EOT F3 F6 ET"), ("HVLTR", "BL EOT F3 F6"),
    ("SMCQ GSEMY", "BL EOT F1 F2 F3 F6 ET"), ("SETS CEQ PREF", "BL"),
    ("RELAPSE FUTX", "F1 F2 F3 F6"),
  ])
  func `a form is given at the visits of the schedule`(forms: String, visits: String) throws {
    let study = try ReferenceTrial.study
    let expected = Set(visits.split(separator: " ").map(String.init))
    for name in forms.split(separator: " ") {
      let form = try #require(study.form(try FormID(parsing: String(name))))
      let found = Set(form.visits.map(\.text))
      // MoCA comes again at the end of treatment and at follow-up 6.
      #expect(found == (name == "MOCA" ? ["SCR", "EOT", "F6"] : expected), "\(name)")
    }
  }

  @Test func `there are 48 strata, blocks of 6 and 9, and 900 participants are planned`() throws {
    let study = try ReferenceTrial.study
    let levels = study.factors.map { $0.source == .site ? study.sites.count : $0.levels.count }
    #expect(levels.reduce(1, *) == 48)
    #expect(study.randomization.method == .block(sizes: [6, 9]))
    #expect(study.randomization.plannedTotal == 900)
    let codes = study.randomization.preconditions.map(\.code)
    #expect(codes == (1...14).map { $0 < 10 ? "RND-0\($0)" : "RND-\($0)" })
  }

  @Test func `no precondition asks a blinded requester about a form that tells arms`() throws {
    let study = try ReferenceTrial.study
    for precondition in study.randomization.preconditions {
      guard case .formsSubmitted(let forms, _) = precondition.kind else { continue }
      #expect(
        Set(forms.map(\.form.text)) == [
          "MADRS", "CGI", "YMRS", "BPRSP", "QIDSSR16", "PHQ9", "GAD7", "SMCQ", "GSEMY", "QOLS16",
          "QLESQSF", "WHODAS12", "CSSRSS", "HVLTR", "PREG", "UDS", "PREF",
        ])
    }
  }

  @Test func `the hypotheses stand in the fixed order of the protocol`() throws {
    let rows = try ReferenceTrial.study.hypotheses.map { hypothesis in
      let aim =
        switch hypothesis.objective {
        case .noninferiority(let margin): "noninferior by \(margin)"
        case .superiority: "superior"
        }
      return "\(hypothesis.id) \(hypothesis.first)-\(hypothesis.second) \(aim)"
    }
    #expect(
      rows == [
        "H1 KAP-ECT noninferior by 0.1", "H2 KET-ECT noninferior by 0.1", "H3 KAP-KET superior",
        "H4 KAP-ECT superior", "H5 KET-ECT superior",
      ])
  }

  @Test func `lock and unblinding need the two persons the protocol names`() throws {
    let lock = try ReferenceTrial.study.lock
    #expect(lock.hardLockedBy.map(\.text) == ["data_manager", "statistician"])
    #expect(lock.unblindedBy.map(\.text) == ["sponsor_lead", "rand_manager"])
    #expect(lock.steps.map(\.id).suffix(4) == ["soft_lock", "hard_lock", "unblinding", "archive"])
  }

  @Test func `the scoring rules of the trial are those of the library`() throws {
    let study = try ReferenceTrial.study
    let library = try Instrument.library(
      yaml: try ReferenceTrial.text("Docs/ReferenceTrial/instruments.yaml"))
    #expect(study.instruments.count == 20)
    #expect(library.count == 22)
    for instrument in study.instruments { #expect(library.contains(instrument)) }
  }

  @Test func `an entirely different study is read by the same language`() throws {
    let study = try SmallStudy.study
    #expect(study.arms.map(\.ratio) == [2, 1])
    #expect(study.interim == nil)
    #expect(study.forms(at: try VisitCode(parsing: "V0")).map(\.id.text) == ["START", "SLEEP3"])
  }

  @Test func `reading twice gives the same value`() throws {
    #expect(
      try ReferenceTrial.study
        == StudyDefinition(yaml: try ReferenceTrial.text("Docs/ReferenceTrial/kap-ect.yaml")))
  }
}

/// The shipped definitions.
enum ReferenceTrial {
  private static let reading = Result {
    try StudyDefinition(yaml: try text("Docs/ReferenceTrial/kap-ect.yaml"))
  }

  static var study: StudyDefinition { get throws { try reading.get() } }

  /// The clocks at the site in London.
  static var clocks: FormulaClocks { get throws { try clocks(at: "101") } }

  static func clocks(at site: String) throws -> FormulaClocks {
    try study.formulaClocks(at: try SiteKey(parsing: site))
  }

  static func text(_ path: String) throws -> String {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    let root = tests.deletingLastPathComponent().deletingLastPathComponent()
    return try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
  }
}
