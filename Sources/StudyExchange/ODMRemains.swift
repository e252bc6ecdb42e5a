/// What of the metadata of a document no reader takes: told by element, attribute and place.
///
/// Named is what is taken, and everything else remains. So a part of ODM that nobody thought of is in the
/// report, and one that is read from now on has to be named here.
struct ODMRemains {
  let study: XMLElement?
  let version: XMLElement
  /// The address of the vocabulary of ODM the document uses.
  let vocabulary: String

  private struct Taken {
    var attributes: Set<String> = []
    var children: Set<String> = []
  }

  private struct Remainder: Hashable {
    let name: String
    let holder: String
    let isElement: Bool
  }

  /// What is taken of each element.
  private static let taken: [String: Taken] = [
    "Study": Taken(
      attributes: ["OID", "StudyName", "ProtocolName"],
      children: ["GlobalVariables", "BasicDefinitions", "MetaDataVersion"]),
    "GlobalVariables": Taken(children: ["StudyName", "ProtocolName"]),
    "BasicDefinitions": Taken(children: ["MeasurementUnit"]),
    "MeasurementUnit": Taken(attributes: ["OID", "Name"], children: ["Symbol", "Alias"]),
    "MetaDataVersion": Taken(
      attributes: ["OID", "Name"],
      children: [
        "Protocol", "StudyEventDef", "FormDef", "ItemGroupDef", "ItemDef", "CodeList",
        "ConditionDef", "MethodDef",
      ]),
    "Protocol": Taken(children: ["StudyEventRef", "StudyTimings", "StudyStructure", "Arm", "Alias"]
    ),
    "StudyStructure": Taken(children: ["Arm"]),
    "Arm": Taken(attributes: ["OID", "Name"]),
    "StudyEventRef": Taken(attributes: ["StudyEventOID", "OrderNumber"]),
    "StudyTimings": Taken(children: ["StudyTiming"]),
    "StudyTiming": Taken(attributes: ["OID"]),
    "StudyEventDef": Taken(
      attributes: ["OID", "Name", "Repeating"],
      children: ["Description", "FormRef", "ItemGroupRef", "Alias"]),
    "FormRef": Taken(attributes: ["FormOID", "OrderNumber"]),
    "FormDef": Taken(
      attributes: ["OID", "Name", "Repeating"],
      children: ["Description", "ItemGroupRef", "ItemRef", "Alias"]),
    "ItemGroupRef": Taken(
      attributes: ["ItemGroupOID", "OrderNumber", "CollectionExceptionConditionOID"]),
    "ItemGroupDef": Taken(
      attributes: ["OID", "Name", "Repeating", "Type"],
      children: ["Description", "ItemRef", "ItemGroupRef", "Alias"]),
    "ItemRef": Taken(
      attributes: [
        "ItemOID", "OrderNumber", "Mandatory", "MethodOID", "CollectionExceptionConditionOID",
      ]),
    "ItemDef": Taken(
      attributes: ["OID", "Name", "DataType", "Length", "SignificantDigits"],
      children: [
        "Description", "Question", "MeasurementUnitRef", "RangeCheck", "CodeListRef", "Alias",
      ]),
    "MeasurementUnitRef": Taken(attributes: ["MeasurementUnitOID"]),
    "RangeCheck": Taken(
      attributes: ["Comparator", "SoftHard"],
      children: ["CheckValue", "FormalExpression", "ErrorMessage"]),
    "CodeListRef": Taken(attributes: ["CodeListOID"]),
    // A field of codes holds their texts, whatever type the list says.
    "CodeList": Taken(
      attributes: ["OID", "Name", "DataType"],
      children: ["CodeListItem", "EnumeratedItem", "ExternalCodeList", "Alias"]),
    "CodeListItem": Taken(attributes: ["CodedValue"], children: ["Decode", "Alias"]),
    "EnumeratedItem": Taken(attributes: ["CodedValue"], children: ["Decode", "Alias"]),
    "ConditionDef": Taken(
      attributes: ["OID"], children: ["Description", "FormalExpression", "Alias"]),
    "MethodDef": Taken(
      attributes: ["OID"], children: ["Description", "FormalExpression", "Alias"]),
    "FormalExpression": Taken(attributes: ["Context"], children: ["Code"]),
    "Description": Taken(children: ["TranslatedText"]),
    "Question": Taken(children: ["TranslatedText"]),
    "Symbol": Taken(children: ["TranslatedText"]),
    "ErrorMessage": Taken(children: ["TranslatedText"]),
    "Decode": Taken(children: ["TranslatedText"]),
    // Other languages are counted by themselves; markup is taken out of the words.
    "TranslatedText": Taken(attributes: ["lang", "Type"]),
    "Alias": Taken(attributes: ["Context", "Name"]),
  ]

  /// What the readers of events, timings and the rest tell by themselves, with all that is inside.
  private static let toldElsewhere: Set<String> = [
    "Include", "Epoch", "TrialPhase", "StudyObjective", "StudyEndPoint",
    "InclusionExclusionCriteria", "StudyIndication", "StudyIntervention", "WorkflowDef",
    "StudyEventGroupDef", "StudyEventGroupRef", "ImputationMethod", "Presentation",
    "RelativeTimingConstraint", "TransitionTimingConstraint", "AbsoluteTimingConstraint",
    "DurationTimingConstraint", "ExternalCodeList",
  ]

  private static let reasons: [String: String] = [
    "CollectionExceptionConditionOID":
      "the condition under which it is not asked; forms and groups are always offered",
    "Mandatory": "that it must be there; what is missed follows from the schedule",
    "Coding": "its codes in terminologies; a field has its own codes",
    "Prompt": "a second wording of the question; a field has one",
    "KeySequence": "a key of the record; entries are told apart by visit and number",
    "OrderNumber": "its place in a list; codes stand in the order of the file",
    "Rank": "its rank; codes have no order of size",
    "Name": "its name; only what is filled in has one",
    "Type": "its type; that follows from its content",
  ]

  /// Tells everything that no reader takes, and definitions that nothing names.
  func tell(_ report: inout ExchangeReport) {
    var order: [Remainder] = []
    var found: [Remainder: [String]] = [:]
    func note(_ remainder: Remainder, at place: String) {
      if found[remainder] == nil { order.append(remainder) }
      found[remainder, default: []].append(place)
    }
    visit(study ?? version, in: "", parent: "", note)
    for remainder in order {
      let places = found[remainder] ?? []
      let distinct = places.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
      let shown = distinct.prefix(3).map { WrittenText.cut(WrittenText.line($0), 60) }
        .joined(separator: ", ")
      report.omit(
        remainder.isElement
          ? "\(remainder.name) of \(remainder.holder)" : "\(remainder.holder)/@\(remainder.name)",
        (Self.reasons[remainder.name] ?? "a definition has no place for it")
          + "; at \(shown)" + (distinct.count > 3 ? " and \(distinct.count - 3) more." : "."))
    }
    tellUnnamed(&report)
  }

  private func visit(
    _ element: XMLElement, in place: String, parent: String,
    _ note: (Remainder, String) -> Void
  ) {
    let named = element["OID"] ?? element.attributes.first { $0.name.hasSuffix("OID") }?.value
    // What has a name of its own is found by it; a reference is found by what it stands in too.
    let here =
      element["OID"]
      ?? [place, named ?? ""].filter { !$0.isEmpty }.joined(separator: " / ")
    let taken = Self.taken[element.name] ?? Taken()
    for attribute in element.attributes where isOfODM(attribute.namespace) {
      guard !taken.attributes.contains(attribute.name) || isUnread(attribute.name, element, parent)
      else { continue }
      // That something need not be there says nothing.
      if attribute.name == "Mandatory", attribute.value == "No" { continue }
      note(Remainder(name: attribute.name, holder: element.name, isElement: false), here)
    }
    for child in element.children where isOfODM(child.namespace) {
      if Self.toldElsewhere.contains(child.name) { continue }
      // A draft is made of the last version; the others are told as a whole.
      if child.name == "MetaDataVersion", child.line != version.line { continue }
      guard taken.children.contains(child.name) else {
        note(
          Remainder(name: child.name, holder: element.name, isElement: true),
          [here, child["OID"] ?? ""].filter { !$0.isEmpty }.suffix(2).joined(separator: " / "))
        continue
      }
      visit(child, in: named ?? place, parent: element.name, note)
    }
  }

  // A group inside of a form has its condition told by the reader of forms; one of an event is a form.
  private func isUnread(_ attribute: String, _ element: XMLElement, _ parent: String) -> Bool {
    attribute == "CollectionExceptionConditionOID" && element.name == "ItemGroupRef"
      && parent == "StudyEventDef"
  }

  private func isOfODM(_ namespace: String) -> Bool {
    namespace.isEmpty || namespace == vocabulary
  }

  /// Conditions, methods, lists and units that are defined and named nowhere.
  private func tellUnnamed(_ report: inout ExchangeReport) {
    var named: Set<String> = []
    var open = [study ?? version]
    while let element = open.popLast() {
      for attribute in element.attributes
      where attribute.name.hasSuffix("OID") && attribute.name != "OID" {
        named.insert(attribute.value)
      }
      open += element.children
    }
    let units = study?.first("BasicDefinitions")?.all("MeasurementUnit") ?? []
    let kinds = ["ConditionDef", "MethodDef", "CodeList"]
    for definition in kinds.flatMap(version.all) + units {
      guard let identifier = definition["OID"], !named.contains(identifier) else { continue }
      report.omit(identifier, "the \(definition.name), which nothing names.")
    }
  }
}
