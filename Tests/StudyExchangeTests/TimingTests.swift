import StudyModel
import Testing

@testable import StudyExchange

/// The timings of ODM 2.0 become days, windows and distances.
@Suite struct TimingTests {
  private static func document(_ timings: String, transitions: String = "") -> [UInt8] {
    Array(
      """
      <MetaDataVersion OID="M.1" Name="1"><Protocol><StudyTimings><StudyTiming OID="ST" Name="st">
      \(timings)</StudyTiming></StudyTimings></Protocol>
      <WorkflowDef OID="WF" Name="wf">\(transitions)</WorkflowDef>
      <StudyEventDef OID="SE.A" Name="Start" Repeating="No" Type="Scheduled"><ItemGroupRef \
      ItemGroupOID="IG.1" Mandatory="Yes"/></StudyEventDef>
      <StudyEventDef OID="SE.B" Name="Second" Repeating="No" Type="Scheduled"/>
      <StudyEventDef OID="SE.C" Name="Third" Repeating="No" Type="Scheduled"/>
      <ItemGroupDef OID="IG.1" Name="Group" Repeating="No" Type="Form"><ItemRef ItemOID="IT.1" \
      Mandatory="Yes"/></ItemGroupDef>
      <ItemDef OID="IT.1" Name="Weight" DataType="integer"/></MetaDataVersion>
      """.utf8)
  }

  private static func between(_ from: String, _ to: String, _ target: String, _ more: String = "")
    -> String
  {
    "<RelativeTimingConstraint OID=\"T.\(to)\" Name=\"t\" PredecessorOID=\"SE.\(from)\" "
      + "SuccessorOID=\"SE.\(to)\" Type=\"StartToStart\" TimepointRelativeTarget=\"\(target)\" \(more)/>"
  }

  @Test func `the published example comes over with its days, windows and distances`() throws {
    // Read off the file by hand: week 0 is the visit the others are timed from.
    let draft = try StudyImport(
      Samples.bytes("odm-2.0/Timing_LZZT_Example_ODM.xml"), name: "timing")
    let visits = try #require(draft.study).visits
    #expect(
      visits.map { "\($0.targetDay.map(String.init) ?? "-") \($0.window.map { "\($0)" } ?? "-")" }
        == [
          "- -", "0 0...0", "7 7...7", "14 14...14", "- -", "42 39...45", "56 53...59",
          "84 81...87",
        ])
    let week4 = try #require(visits[4].after)
    #expect(week4.visit == visits[3].code && week4.days == 11...17)
    #expect(
      draft.report.lines.joined(separator: "\n").contains(
        "its day is taken as day 0, that of randomization"))
    // What says the same a second time along the workflow is named, one by one.
    for name in ["TIM.2-3", "TIM.3-4", "TIM.4-5", "TIM.5-7", "TIM.7-8", "TIM.8-9"] {
      #expect(draft.report.lines.joined(separator: "\n").contains(name), "\(name)")
    }
  }

  @Test func `distances along a workflow are carried where no others are given`() throws {
    let draft = try StudyImport(
      Self.document(
        """
        <TransitionTimingConstraint OID="T.1" Name="t" TransitionOID="TR.1" TimepointTarget="P1W"/>
        <TransitionTimingConstraint OID="T.2" Name="t" TransitionOID="TR.2" TimepointTarget="P2W3D" \
        TimepointPreWindow="P2D"/>
        """,
        transitions: """
          <Transition OID="TR.1" Name="t" SourceOID="SE.A" TargetOID="SE.B"/>
          <Transition OID="TR.2" Name="t" SourceOID="SE.B" TargetOID="SE.C"/>
          """), name: "workflow")
    let visits = try #require(draft.study).visits
    #expect(visits.map(\.window) == [0...0, 7...7, nil])
    #expect(visits[2].after?.days == 15...17 && visits[2].after?.visit == visits[1].code)
  }

  @Test(arguments: [
    (between("A", "B", "P1M"), "T.B"), (between("A", "B", "PT12H"), "T.B"),
    (between("A", "B", "P99999D"), "T.B"), (between("A", "B", "P"), "T.B"),
    (between("A", "B", "seven days"), "T.B"),
    (between("A", "B", "P7D", "TimepointPreWindow=\"P1Y\""), "T.B"),
    (between("C", "B", "P7D"), "T.B"),
    (between("A", "B", "P1D", "TimepointPreWindow=\"P2D\""), "T.B"),
    (between("B", "C", "P7D") + between("C", "B", "P7D"), "T.B"),
    (between("A", "X", "P7D"), "T.X"),
    (
      "<AbsoluteTimingConstraint OID=\"T.ABS\" Name=\"t\" StudyEventOID=\"SE.A\" "
        + "TimepointTarget=\"2027-03-01\"/>",
      "T.ABS: the fixed time 2027-03-01 of SE.A"
    ),
    (
      "<DurationTimingConstraint OID=\"T.LAST\" Name=\"t\" StructuralElementOID=\"EL.1\" "
        + "DurationTarget=\"P26W\"/>",
      "T.LAST: how long EL.1 lasts, P26W"
    ),
  ])
  func `a timing that is no whole days between two visits in order is named and left out`(
    timings: String, name: String
  ) throws {
    let draft = try StudyImport(Self.document(timings), name: "broken")
    let study = try #require(draft.study, "\(draft.report.faults)")
    #expect(study.visits.allSatisfy { $0.after == nil && ($0.window ?? 0...0) == 0...0 })
    #expect(draft.report.lines.joined(separator: "\n").contains(name))
  }

  @Test func `what a day cannot say of a timing is carried over and told`() throws {
    let draft = try StudyImport(
      Self.document(
        Self.between("A", "B", "PT168H", "TimepointPreWindow=\"PT36H\" TimepointPostWindow=\"P2D\"")
          .replacing("StartToStart", with: "FinishToStart")), name: "hours")
    let visits = try #require(draft.study).visits
    #expect(visits[1].targetDay == 7 && visits[1].window == 6...9)
    let told = draft.report.lines.joined(separator: "\n")
    #expect(told.contains("it is timed FinishToStart"))
    #expect(told.contains("its window of hours is taken as whole days, rounded down"))
  }

  @Test(arguments: [
    ("P7D", 7), ("P2W", 14), ("P1W2D", 9), ("P0D", 0), ("P1M", nil), ("P1D2W", nil), ("PD", nil),
    ("PT48H", 2), ("PT36H", nil), ("PTH", nil), ("PT99999H", nil), ("7D", nil), ("P-7D", nil),
    ("P7", nil), ("P7DT1H", nil), ("", nil),
  ])
  func `a duration is read in whole days`(text: String, days: Int?) {
    #expect(ODMTiming.days(text) == days)
  }
}
