import Foundation
import StudyExchange
import StudyModel
import Testing

/// What of the metadata of ODM no reader takes stands in the report, whatever it is called.
@Suite struct ODMRemainsTests {
  private static func changed(
    _ name: String, _ changes: [(of: String, to: String)]
  ) throws -> StudyImport {
    var text = String(decoding: try Samples.bytes(name), as: UTF8.self)
    for change in changes {
      try #require(text.contains(change.of), "\(name) has no \(change.of)")
      text = text.replacing(change.of, with: change.to, maxReplacements: 1)
    }
    return try StudyImport(Array(text.utf8), name: "sample")
  }

  private static func document(_ metadata: String) throws -> StudyImport {
    let text = """
      <ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" FileOID="f" ODMVersion="1.3.2" FileType="Snapshot"
        CreationDateTime="2026-01-01T00:00:00Z"><Study OID="S"><GlobalVariables><StudyName>S</StudyName>
        <StudyDescription>About sleep</StudyDescription><ProtocolName>P</ProtocolName></GlobalVariables>
        <MetaDataVersion OID="M" Name="1">\(metadata)</MetaDataVersion></Study></ODM>
      """
    return try StudyImport(Array(text.utf8), name: "made")
  }

  @Test func `conditions of forms and events, codings, prompts and words of bounds are named`()
    throws
  {
    let draft = try Self.document(
      """
      <Protocol><StudyEventRef StudyEventOID="SE.1" Mandatory="Yes"
        CollectionExceptionConditionOID="CD.E"/></Protocol>
      <StudyEventDef OID="SE.1" Name="One" Repeating="No" Type="Scheduled">
        <FormRef FormOID="F.1" Mandatory="No" CollectionExceptionConditionOID="CD.F"/></StudyEventDef>
      <FormDef OID="F.1" Name="Form" Repeating="No"><ItemGroupRef ItemGroupOID="G.1" Mandatory="No"/></FormDef>
      <ItemGroupDef OID="G.1" Name="Group" Repeating="No" Invented="x">
        <ItemRef ItemOID="I.1" Mandatory="No" Role="Key"/></ItemGroupDef>
      <ItemDef OID="I.1" Name="age" DataType="integer">
        <Prompt><TranslatedText xml:lang="en">Age</TranslatedText></Prompt>
        <RangeCheck Comparator="GE" SoftHard="Hard"><CheckValue>18</CheckValue>
          <ErrorMessage><TranslatedText xml:lang="en">Adults only</TranslatedText></ErrorMessage></RangeCheck>
        <RangeCheck Comparator="LE" SoftHard="Hard"><CheckValue>99</CheckValue></RangeCheck>
        <Coding Code="C25150" System="nci"/>
      </ItemDef>
      <ConditionDef OID="CD.E" Name="Never"/><ConditionDef OID="CD.F" Name="Never"/>
      <ConditionDef OID="CD.G" Name="Alone"/>
      """)
    let left = draft.report.leftOut
    for (name, place) in [
      ("StudyEventRef/@CollectionExceptionConditionOID", "SE.1"),
      ("FormRef/@CollectionExceptionConditionOID", "F.1"), ("StudyEventRef/@Mandatory", "SE.1"),
      ("StudyEventDef/@Type", "SE.1"), ("ItemGroupDef/@Invented", "G.1"), ("ItemRef/@Role", "I.1"),
      ("Prompt of ItemDef", "I.1"), ("Coding of ItemDef", "I.1"), ("ConditionDef/@Name", "CD.E"),
      ("StudyDescription of GlobalVariables", "S"), ("I.1", "Adults only"),
      ("CD.G", "which nothing names"),
    ] {
      #expect(
        left.contains { $0.name == name && $0.sentence.contains(place) }, "\(name): \(left)")
    }
    #expect(!left.contains { $0.name == "FormRef/@Mandatory" })
    #expect(!left.contains { $0.name == "CD.F" && $0.sentence.contains("nothing names") })
  }

  /// An attribute and an element nobody knows, put into every kind of element a sample has.
  @Test(arguments: Samples.odm)
  func `whatever stands in any element of a sample is told by its name`(_ name: String) throws {
    let text = String(decoding: try Samples.bytes(name), as: UTF8.self)
      .replacing(/<!--(?:[^-]|-[^-])*-->/, with: "")
    let metadata = try #require(text.range(of: "<MetaDataVersion"))
    let end = try #require(text.range(of: "</MetaDataVersion>", options: .backwards))
    let body = text[metadata.lowerBound..<end.lowerBound]
    let kinds = Set(body.matches(of: /<([A-Z][A-Za-z]*)[\s>\/]/).map { String($0.output.1) })
    let plain = try Samples.imported(name)
    #expect(!plain.report.leftOut.contains { $0.name.contains("Unheard") })
    for kind in kinds {
      // In the last version, of which the draft is made.
      guard
        let place = body.range(
          of: "<\(kind)(?=[\\s>/])", options: [.regularExpression, .backwards])
      else { continue }
      var changed = text
      changed.replaceSubrange(place, with: "<\(kind) Unheard=\"x\"")
      let report = try StudyImport(Array(changed.utf8), name: "sample").report
      // What is told as a whole, by its own name or that of what it stands in, needs no more.
      let isTold = report.leftOut.contains { $0.name == "\(kind)/@Unheard" }
      if !isTold {
        let inside = Self.elements(around: place.lowerBound, of: text) + [kind]
        #expect(
          zip([""] + inside, inside).contains { parent, element in
            Self.whole.contains(element)
              || plain.report.leftOut.contains { $0.name == "\(element) of \(parent)" }
          }, "\(name): \(inside)")
      }
    }
  }

  /// The elements a place of a document stands in, the outermost first.
  private static func elements(around place: String.Index, of text: String) -> [String] {
    var open: [String] = []
    for tag in text[..<place].matches(of: /<(\/?)([A-Za-z0-9:_]+)[^>]*?(\/?)>/) {
      if tag.output.1 == "/" {
        open.removeLast()
      } else if tag.output.3 != "/" {
        open.append(String(tag.output.2))
      }
    }
    return open
  }

  /// What is told with all that is inside of it.
  private static let whole: Set<String> = [
    "WorkflowDef", "WorkflowStart", "WorkflowEnd", "Transition", "Branching", "TargetTransition",
    "DefaultTransition", "StudyEventGroupDef", "StudyEventGroupRef", "Epoch", "TrialPhase",
    "RelativeTimingConstraint", "TransitionTimingConstraint", "AbsoluteTimingConstraint",
    "DurationTimingConstraint", "ExternalCodeList", "Presentation",
  ]
}
