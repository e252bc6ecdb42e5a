import StudyExchange
import StudyModel
import Testing

/// The list of what readers of ODM take, held against what they take.
///
/// Whatever the schema knows is put into every element of two documents. What the report says remains
/// must change nothing else; what it does not must change something somewhere.
@Suite struct ODMTakenTests {
  // MARK: Documents

  private static func forms() throws -> Tree {
    try Tree(
      """
      <ODM FileOID="f" ODMVersion="1.3.2" FileType="Snapshot" CreationDateTime="2026-01-01T00:00:00Z">
      <Study OID="S"><GlobalVariables><StudyName>Sleep</StudyName><ProtocolName>SL1</ProtocolName>
      </GlobalVariables><BasicDefinitions>
      <MeasurementUnit OID="MU.1" Name="kilogram"><Symbol><TranslatedText xml:lang="en">kg</TranslatedText>
      </Symbol><Alias Context="unit" Name="K"/></MeasurementUnit><MeasurementUnit OID="MU.2" Name="cm"/>
      </BasicDefinitions>
      <MetaDataVersion OID="M" Name="1">
      <Protocol><StudyEventRef StudyEventOID="SE.1" OrderNumber="2"/>
      <StudyEventRef StudyEventOID="SE.2" OrderNumber="1"/><Alias Context="protocol" Name="P"/></Protocol>
      <StudyEventDef OID="SE.1" Name="One" Repeating="No">
      <FormRef FormOID="F.1" OrderNumber="2"/><FormRef FormOID="F.2" OrderNumber="1"/>
      <Alias Context="Equipoise.window" Name="7 5 9"/></StudyEventDef>
      <StudyEventDef OID="SE.2" Repeating="No"><Description>
      <TranslatedText xml:lang="en">Second</TranslatedText></Description>
      <FormRef FormOID="F.1" OrderNumber="1"/></StudyEventDef>
      <FormDef OID="F.1" Name="One" Repeating="No"><Description>
      <TranslatedText xml:lang="en">First form</TranslatedText></Description>
      <ItemGroupRef ItemGroupOID="G.1" OrderNumber="2" CollectionExceptionConditionOID="C.1"/>
      <ItemGroupRef ItemGroupOID="G.2" OrderNumber="1"/><ItemGroupRef ItemGroupOID="G.3" OrderNumber="3"/>
      <Alias Context="Equipoise.class" Name="outcome"/></FormDef>
      <FormDef OID="F.2" Name="Two" Repeating="No"><ItemRef ItemOID="I.5" OrderNumber="2"/>
      <ItemRef ItemOID="I.6" OrderNumber="1"/></FormDef>
      <ItemGroupDef OID="G.1" Name="Body" Repeating="No"><Description>
      <TranslatedText xml:lang="en">Of the body</TranslatedText></Description>
      <ItemRef ItemOID="I.1" OrderNumber="2" Mandatory="Yes"/>
      <ItemRef ItemOID="I.2" OrderNumber="1" CollectionExceptionConditionOID="C.1"/>
      <ItemRef ItemOID="I.3" OrderNumber="3" MethodOID="MT.1"/>
      <Alias Context="group" Name="B"/></ItemGroupDef>
      <ItemGroupDef OID="G.2" Name="Drinks" Repeating="Yes"><ItemRef ItemOID="I.4" OrderNumber="1"/>
      <ItemRef ItemOID="I.7" OrderNumber="2"/><ItemRef ItemOID="I.8" OrderNumber="3"/></ItemGroupDef>
      <ItemGroupDef OID="G.3" Name="More" Repeating="No"><ItemRef ItemOID="I.9" OrderNumber="1"/></ItemGroupDef>
      <ItemDef OID="I.9" Name="more" DataType="integer" Length="3"/>
      <ItemDef OID="I.1" Name="weight" DataType="float" Length="5" SignificantDigits="1"><Question>
      <TranslatedText xml:lang="en">Weight</TranslatedText></Question><Description>
      <TranslatedText xml:lang="en">Without shoes</TranslatedText></Description>
      <MeasurementUnitRef MeasurementUnitOID="MU.1"/><MeasurementUnitRef MeasurementUnitOID="MU.2"/>
      <RangeCheck Comparator="GE" SoftHard="Hard"><CheckValue>30</CheckValue>
      <ErrorMessage><TranslatedText xml:lang="en">Too light</TranslatedText></ErrorMessage></RangeCheck>
      <RangeCheck SoftHard="Soft"><FormalExpression Context="Equipoise">weight &lt; 200</FormalExpression>
      <ErrorMessage><TranslatedText xml:lang="en">Heavy</TranslatedText></ErrorMessage></RangeCheck>
      <Alias Context="Equipoise.class" Name="outcome"/></ItemDef>
      <ItemDef OID="I.2" Name="words" DataType="text" Length="40"/>
      <ItemDef OID="I.3" Name="double" DataType="float" Length="6" SignificantDigits="1"/>
      <ItemDef OID="I.4" Name="drink" DataType="text" Length="2"><CodeListRef CodeListOID="CL.1"/></ItemDef>
      <ItemDef OID="I.5" Name="count" DataType="integer" Length="3"/>
      <ItemDef OID="I.6" Name="number" DataType="integer" Length="3"/>
      <ItemDef OID="I.7" Name="size" DataType="text" Length="2"><CodeListRef CodeListOID="CL.2"/></ItemDef>
      <ItemDef OID="I.8" Name="brand" DataType="text" Length="2"><CodeListRef CodeListOID="CL.3"/></ItemDef>
      <CodeList OID="CL.1" Name="Drinks" DataType="text"><CodeListItem CodedValue="T"><Decode>
      <TranslatedText xml:lang="en">Tea</TranslatedText></Decode><Alias Context="code" Name="T"/>
      </CodeListItem><CodeListItem CodedValue="C"><Decode><TranslatedText xml:lang="en">Coffee</TranslatedText>
      </Decode></CodeListItem><Alias Context="list" Name="D"/></CodeList>
      <CodeList OID="CL.2" Name="Sizes" DataType="text"><EnumeratedItem CodedValue="S">
      <Alias Context="size" Name="S"/></EnumeratedItem><EnumeratedItem CodedValue="L"/></CodeList>
      <CodeList OID="CL.3" Name="Brands" DataType="text"><ExternalCodeList Dictionary="D" Version="1"/>
      </CodeList>
      <ConditionDef OID="C.1"><Description><TranslatedText xml:lang="en">Light</TranslatedText></Description>
      <FormalExpression Context="Equipoise">weight &lt; 60</FormalExpression>
      <Alias Context="condition" Name="L"/></ConditionDef>
      <MethodDef OID="MT.1"><Description><TranslatedText xml:lang="en">Twice</TranslatedText></Description>
      <FormalExpression Context="Equipoise">weight * 2</FormalExpression>
      <Alias Context="method" Name="T"/></MethodDef>
      </MetaDataVersion></Study></ODM>
      """, vocabulary: "http://www.cdisc.org/ns/odm/v1.3")
  }

  private static func groups() throws -> Tree {
    try Tree(
      """
      <ODM FileOID="f" ODMVersion="2.0" FileType="Snapshot" CreationDateTime="2026-01-01T00:00:00Z">
      <Study OID="S" StudyName="Sleep" ProtocolName="SL1"><MetaDataVersion OID="M" Name="1">
      <Protocol><StudyStructure><Arm OID="A.1" Name="Tea"/><Arm OID="A.2" Name="Coffee"/></StudyStructure>
      <StudyTimings><StudyTiming OID="T.1"><RelativeTimingConstraint OID="TC.1" PredecessorOID="SE.1"
      SuccessorOID="SE.2" TimepointRelativeTarget="P7D" TimepointPreWindow="P1D" TimepointPostWindow="P1D"
      Type="StartToStart"/></StudyTiming></StudyTimings>
      <StudyEventRef StudyEventOID="SE.1" OrderNumber="1"/><StudyEventRef StudyEventOID="SE.2" OrderNumber="2"/>
      </Protocol>
      <StudyEventDef OID="SE.1" Name="One" Repeating="No">
      <ItemGroupRef ItemGroupOID="G.1" OrderNumber="2"/><ItemGroupRef ItemGroupOID="G.2" OrderNumber="1"/>
      </StudyEventDef><StudyEventDef OID="SE.2" Name="Two" Repeating="No"/>
      <ItemGroupDef OID="G.1" Name="Body" Repeating="No" Type="Form"><ItemGroupRef ItemGroupOID="G.3"
      OrderNumber="1"/></ItemGroupDef>
      <ItemGroupDef OID="G.2" Name="Drinks" Repeating="No"><ItemRef ItemOID="I.2" OrderNumber="1"/></ItemGroupDef>
      <ItemGroupDef OID="G.3" Name="Inner" Repeating="No" Type="Section"><ItemRef ItemOID="I.1" OrderNumber="1"
      MethodOID="MT.1"/><ItemRef ItemOID="I.3" OrderNumber="2"/></ItemGroupDef>
      <ItemGroupDef OID="G.4" Name="Apart" Repeating="No" Type="Form"><ItemRef ItemOID="I.4"
      OrderNumber="1"/></ItemGroupDef>
      <ItemDef OID="I.1" Name="weight" DataType="integer" Length="3"/>
      <ItemDef OID="I.2" Name="drinks" DataType="integer" Length="3"/>
      <ItemDef OID="I.3" Name="height" DataType="integer" Length="3"/>
      <ItemDef OID="I.4" Name="depth" DataType="integer" Length="3"/>
      <MethodDef OID="MT.1"><FormalExpression Context="Equipoise"><Code>height * 2</Code></FormalExpression>
      </MethodDef></MetaDataVersion></Study></ODM>
      """, vocabulary: "http://www.cdisc.org/ns/odm/v2.0")
  }

  // MARK: What the schema knows

  /// The names of attributes, or of elements, of ODM 1.3.2 by its schema and of ODM 2.0 by its examples.
  private static func names(ofElements isElement: Bool) throws -> [String] {
    let schema = try text("schema/ODM1-3-2-foundation.xsd")
    let kind = isElement ? "element" : "attribute"
    var found = Set(
      schema.matches(of: try Regex<(Substring, Substring)>("<xs:\(kind)\\s+name=\"(\\w+)\""))
        .map { String($0.output.1) })
    for name in Samples.odm where name.hasPrefix("odm-2.0/") {
      let sample = try text(name).replacing(/<!--(?:[^-]|-[^-])*-->/, with: "")
      found.formUnion(
        isElement
          ? sample.matches(of: /<([A-Z]\w*)/).map { String($0.output.1) }
          : sample.matches(of: /\s([A-Z]\w*)="/).map { String($0.output.1) })
    }
    // Data of participants are no definition, and the document is read by what it stands in.
    return found.subtracting(["ODM", "Study", "MetaDataVersion"]).sorted()
  }

  private static func text(_ name: String) throws -> String {
    String(decoding: try Samples.bytes(name), as: UTF8.self)
  }

  // MARK: What comes of a document

  private struct Outcome: Equatable {
    let yaml: String
    let remarks: Set<String>
    /// What the report says no reader takes.
    let remains: Set<String>

    init(_ tree: Tree) throws {
      let made = try StudyImport(Array(tree.text.utf8), name: "made")
      yaml = made.yaml
      let report = made.report
      func remains(_ name: String) -> Bool {
        name.contains("/@") || name.wholeMatch(of: /[A-Z]\w* of [A-Z]\w*/) != nil
      }
      self.remains = Set(report.leftOut.map(\.name).filter(remains))
      remarks = Set(
        (report.leftOut.filter { !remains($0.name) } + report.repaired + report.supplied)
          .map(\.description))
    }

    /// Whether the same came of both, whatever is said to remain.
    func isLike(_ other: Outcome) -> Bool { yaml == other.yaml && remarks == other.remarks }
  }

  private static let values = [
    "Yes", "No", "1", "2", "9", "x", "Form", "Section", "text", "integer", "Soft", "LE", "P9D",
    "Equipoise.class", "treatment",
  ]

  // MARK: Laws

  /// The condition of a group is read where a form names it, and remains where an event does.
  private static func read(_ name: String, only node: Tree.Node) -> Bool {
    node.name == "ItemGroupRef" && name == "CollectionExceptionConditionOID"
  }

  @Test(arguments: [0, 1])
  func `an attribute that is said to remain changes nothing`(_ which: Int) throws {
    let base = try which == 0 ? Self.forms() : Self.groups()
    let plain = try Outcome(base)
    #expect(plain.remains.isEmpty, "\(plain.remains)")
    let universe = try Self.names(ofElements: false)
    #expect(universe.count > 100)
    for value in ["Yes", "2"] {
      let all = base.changed { node in
        for name in universe where node.inStudy && node[name] == nil { node[name] = value }
      }
      let told = try Outcome(all).remains
      #expect(told.count > 1000)
      func with(_ wanted: (String) -> Bool) throws -> Outcome {
        try Outcome(
          base.changed { node in
            for name in universe
            where node.inStudy && node[name] == nil && told.contains("\(node.name)/@\(name)")
              && wanted(name) && !Self.read(name, only: node)
            { node[name] = value }
          })
      }
      if try with({ _ in true }).isLike(plain) { continue }
      let taken = try universe.filter { name in try !with { $0 == name }.isLike(plain) }
      Issue.record("read and not named, with \(value): \(taken)")
    }
  }

  @Test(arguments: [0, 1])
  func `an element that is said to remain changes nothing`(_ which: Int) throws {
    let base = try which == 0 ? Self.forms() : Self.groups()
    let plain = try Outcome(base)
    let universe = try Self.names(ofElements: true).filter { !Self.anyDepth.contains($0) }
    var taken: [String] = []
    for name in universe {
      let told = try Outcome(base.changed { if $0.mayHold { $0.add(name, of: base) } }).remains
      let kinds = Set(
        told.compactMap { $0.hasPrefix("\(name) of ") ? $0.dropFirst(name.count + 4) : nil })
      guard !kinds.isEmpty else { continue }
      let with = try Outcome(
        base.changed { if $0.mayHold, kinds.contains($0.name[...]) { $0.add(name, of: base) } })
      if with.isLike(plain) { continue }
      for kind in kinds {
        let one = try Outcome(
          base.changed { if $0.mayHold, $0.name[...] == kind { $0.add(name, of: base) } })
        if !one.isLike(plain) { taken.append("\(name) of \(kind)") }
      }
    }
    #expect(taken.isEmpty)
  }

  /// What is looked for at any depth of the protocol, and what holds it.
  private static let anyDepth: Set<String> = [
    "Arm", "Protocol", "StudyStructure", "StudyTiming", "StudyTimings",
  ]

  /// What is named and changes nothing: identifiers nothing refers to, the order of forms at a visit, which
  /// is that of the forms, and types that follow from what they are of.
  private static let empty: Set<String> = [
    "CodeList/@DataType", "FormRef/@OrderNumber", "MetaDataVersion/@OID", "Study/@OID",
    "StudyTiming/@OID", "TranslatedText/@Type",
  ]

  @Test func `an attribute that is not said to remain is read`() throws {
    let universe = try Self.names(ofElements: false)
    var (named, read): (Set<String>, Set<String>) = ([], [])
    for base in [try Self.forms(), try Self.groups()] {
      let plain = try Outcome(base)
      let told = try Outcome(
        base.changed { node in
          for name in universe where node.inStudy && node[name] == nil { node[name] = "Yes" }
        }
      ).remains
      // What is told as a whole has no attributes that are told.
      for kind in Set(base.nodes.filter(\.inStudy).map(\.name))
      where told.contains(where: { $0.hasPrefix("\(kind)/@") }) {
        for name in universe where !told.contains("\(kind)/@\(name)") {
          let pair = "\(kind)/@\(name)"
          named.insert(pair)
          guard !read.contains(pair) else { continue }
          let places = base.nodes.indices.filter {
            base.nodes[$0].name == kind && base.nodes[$0].inStudy
          }
          let values: [String?] = [nil] + Self.values
          let isRead = places.contains { place in
            values.contains { value in
              guard let outcome = try? Outcome(base.changed(at: place) { $0[name] = value }) else {
                return true
              }
              return !outcome.isLike(plain)
            }
          }
          if isRead { read.insert(pair) }
        }
      }
    }
    #expect(named.subtracting(read) == Self.empty)
    #expect(read.count > 40)
  }
}

/// A document as a tree whose nodes can be changed.
private struct Tree {
  final class Node {
    let name: String
    var attributes: [(name: String, value: String)]
    var children: [Node] = []
    var text = ""
    let inStudy: Bool

    init(_ name: String, _ attributes: [(name: String, value: String)], inStudy: Bool) {
      self.name = name
      self.attributes = attributes
      self.inStudy = inStudy
    }

    subscript(_ name: String) -> String? {
      get { attributes.first { $0.name == name }?.value }
      set {
        attributes.removeAll { $0.name == name }
        if let newValue { attributes.append((name, newValue)) }
      }
    }

    /// Whether elements stand inside: words inside of words are words.
    var mayHold: Bool { inStudy && text.isEmpty && name != "FormalExpression" }

    func copy() -> Node {
      let copy = Node(name, attributes, inStudy: inStudy)
      copy.text = text
      copy.children = children.map { $0.copy() }
      return copy
    }

    /// Puts an element inside, like the first of its kind where there is one.
    func add(_ name: String, of base: Tree) {
      let made = base.nodes.first { $0.name == name }?.copy() ?? Node(name, [], inStudy: false)
      // Names in other contexts are counted wherever they stand.
      made.dropAliases()
      if name == "Alias" { made.attributes = [("Context", "Equipoise.none"), ("Name", "x")] }
      children.append(made)
    }

    private func dropAliases() {
      children.removeAll { $0.name == "Alias" }
      children.forEach { $0.dropAliases() }
    }

    var nodes: [Node] { [self] + children.flatMap(\.nodes) }

    var written: String {
      "<\(name)" + attributes.map { " \($0.name)=\"\($0.value)\"" }.joined() + ">" + text
        + children.map(\.written).joined() + "</\(name)>"
    }
  }

  let root: Node

  private init(root: Node) { self.root = root }

  init(_ text: String, vocabulary: String) throws {
    var open: [Node] = []
    var root: Node?
    for token in text.matches(of: /<(\/?)([\w]+)((?:\s+[\w:]+="[^"]*")*)\s*(\/?)>([^<]*)/) {
      let (_, close, name, attributes, end, words) = token.output
      if close.isEmpty {
        let node = Node(
          String(name),
          attributes.matches(of: /([\w:]+)="([^"]*)"/).map {
            (String($0.output.1), String($0.output.2))
          }, inStudy: name == "Study" || open.count >= 2)
        open.last?.children.append(node)
        if root == nil { root = node }
        open.append(node)
        if words.contains(where: { !$0.isWhitespace }) { node.text = String(words) }
      }
      if !close.isEmpty || !end.isEmpty { open.removeLast() }
    }
    self.root = try #require(root)
    self.root["xmlns"] = vocabulary
  }

  var nodes: [Node] { root.nodes }
  var text: String { root.written }

  /// A copy with every node changed.
  func changed(_ change: (Node) -> Void) -> Tree {
    let copy = Tree(root: root.copy())
    copy.nodes.forEach(change)
    return copy
  }

  /// A copy with the node at a place changed, counted from the root.
  func changed(at place: Int, _ change: (Node) -> Void) -> Tree {
    let copy = Tree(root: root.copy())
    change(copy.nodes[place])
    return copy
  }
}
