import StudyModel

/// Makes a draft of ODM 1.x or 2.0.
struct ODMReading {
  private(set) var report: ExchangeReport
  private(set) var groupNames: Set<String> = []
  private let study: XMLElement?
  private let version: XMLElement
  private let language: ODMLanguage
  private let vocabulary: String
  private var events: [String: XMLElement] = [:]
  private var groups: [String: XMLElement] = [:]
  private var usedGroups: Set<String> = []
  private var usedItems: Set<String> = []
  private var items: ODMItemReading
  /// What each form asks for already, form and item.
  private var asked: Set<String> = []
  private var seenEventGroups: Set<String> = []
  /// Groups that name groups twice each would grow without end.
  private var groupsLeft = 20_000
  private static let deepestGroup = 12
  /// The forms each form of the file became.
  private var parts: [String: [String]] = [:]

  init(_ root: XMLElement, report: ExchangeReport) throws(ExchangeRefusal) {
    self.report = report
    switch root.name {
    case "ODM":
      let studies = root.all("Study")
      guard let study = studies.first(where: { $0.first("MetaDataVersion") != nil }),
        let version = study.all("MetaDataVersion").last
      else {
        throw ExchangeRefusal(
          "The file holds no study with a MetaDataVersion: it describes no forms.")
      }
      for other in studies where other["OID"] != study["OID"] {
        self.report.omit(other["OID"] ?? "a study", "the study: a draft is made of the first.")
      }
      for other in study.all("MetaDataVersion").dropLast() {
        self.report.omit(
          other["OID"] ?? "a version", "the version: a draft is made of the last one.")
      }
      self.study = study
      self.version = version
    case "MetaDataVersion":
      study = nil
      version = root
    default:
      throw ExchangeRefusal(
        "The file is XML that begins with “\(WrittenText.cut(root.name, 40))”; ODM begins with "
          + "“ODM”.")
    }
    language = ODMLanguage(of: root)
    vocabulary = root.namespace
    items = ODMItemReading(version: version, study: study, language: language)
  }

  mutating func draft() -> Draft {
    var draft = Draft()
    let global = study?.first("GlobalVariables")
    let name = global?.first("StudyName")?.text ?? study?["StudyName"] ?? version["Name"] ?? ""
    draft.title = WrittenText.line(name)
    draft.protocolNumber = WrittenText.line(
      global?.first("ProtocolName")?.text ?? study?["ProtocolName"] ?? "")
    draft.version = WrittenText.line(version["Name"] ?? "")
    events = table("StudyEventDef")
    groups = table("ItemGroupDef")
    groupNames = Set(groups.keys)
    items.prepare(&report)
    draft.arms = (version.first("Protocol")?.descendants("Arm") ?? []).map { arm in
      let source = arm["OID"] ?? "ARM"
      return DraftArm(source: source, title: WrittenText.line(arm["Name"] ?? source))
    }
    if draft.arms.count == 1 {
      report.omit(draft.arms[0].source, "the arm, since a trial compares two or more.")
      draft.arms = []
    }
    for form in formElements() { add(form, to: &draft) }
    addVisits(to: &draft)
    items.tellUnused(usedItems, &report)
    for group in version.all("ItemGroupDef") {
      guard let identifier = group["OID"], !usedGroups.contains(identifier) else { continue }
      report.omit(identifier, "the group, which no form uses.")
    }
    tellRest()
    return draft
  }

  // MARK: What is there

  private mutating func table(_ name: String) -> [String: XMLElement] {
    ODMItemReading.table(version.all(name), &report)
  }

  // ODM 1 has forms; in ODM 2 a form is a group that says so, or that an event names.
  private func formElements() -> [XMLElement] {
    let forms = version.all("FormDef")
    guard forms.isEmpty else { return forms }
    let named = Set(
      version.all("StudyEventDef").flatMap { $0.all("ItemGroupRef") }.compactMap {
        $0["ItemGroupOID"]
      })
    return version.all("ItemGroupDef").filter { group in
      group["Type"] == "Form" || named.contains(group["OID"] ?? "")
    }
  }

  /// References in the order they say, else in that of the document.
  private static func ordered(_ references: [XMLElement]) -> [XMLElement] {
    let numbers = references.map { $0["OrderNumber"].flatMap { Int($0) } }
    guard !numbers.contains(nil) else { return references }
    return references.enumerated()
      .sorted { (numbers[$0.offset] ?? 0, $0.offset) < (numbers[$1.offset] ?? 0, $1.offset) }
      .map(\.element)
  }

  // MARK: Forms

  private mutating func add(_ element: XMLElement, to draft: inout Draft) {
    let source = element["OID"] ?? element["Name"] ?? "a form"
    guard parts[source] == nil else {
      report.repair(source, "is defined twice; the first form counts.")
      return
    }
    let title = language.text(of: element.first("Description")) ?? element["Name"] ?? source
    var form = draftForm(source, source, element, WrittenText.line(title))
    form.isRepeating = Self.repeats(element)
    if element.name == "ItemGroupDef" { usedGroups.insert(source) }
    var apart: [DraftForm] = []
    addContent(of: element, to: &form, &apart, path: [source])
    form.sections.removeAll(where: \.fields.isEmpty)
    // A form of one repeating group is a form that repeats.
    if form.sections.isEmpty, apart.count == 1 {
      form.sections = apart[0].sections
      form.isRepeating = true
      apart = []
    }
    let made = ([form] + apart).filter { !$0.sections.isEmpty }
    if made.isEmpty { report.omit(source, "the form, since no field of it came over.") }
    for form in made.dropFirst() {
      report.repair(
        form.source, "a group that repeats inside of a form: now a form of its own that repeats.")
    }
    parts[source] = made.map(\.source)
    draft.forms += made
  }

  private func draftForm(
    _ source: String, _ identifier: String, _ element: XMLElement, _ title: String
  ) -> DraftForm {
    let names = [NamePool.withoutKind(identifier), element["Name"], identifier].compactMap { $0 }
    var form = DraftForm(source: source, names: names, title: title)
    let written = ODMItemReading.alias("Equipoise.class", of: element)
    form.dataClass = written.flatMap { DataClass(rawValue: $0) } ?? .open
    return form
  }

  private static func repeats(_ element: XMLElement) -> Bool {
    (element["Repeating"] ?? "No") != "No"
  }

  private mutating func addContent(
    of element: XMLElement, to form: inout DraftForm, _ apart: inout [DraftForm], path: [String]
  ) {
    let references = Self.ordered(
      element.children.filter { $0.name == "ItemRef" || $0.name == "ItemGroupRef" })
    let own = references.filter { $0.name == "ItemRef" }
    if !own.isEmpty {
      let title = language.text(of: element.first("Description")) ?? element["Name"] ?? form.title
      var section = FormSectionDraft(title: WrittenText.line(title))
      for reference in own { addItem(reference, to: &section, form) }
      form.sections.append(section)
    }
    for reference in references where reference.name == "ItemGroupRef" {
      let identifier = reference["ItemGroupOID"] ?? ""
      guard let group = groups[identifier] else {
        report.omit(
          identifier, "the group, which the form “\(form.title)” names and nothing defines.")
        continue
      }
      guard !path.contains(identifier) else {
        report.omit(identifier, "the group inside of itself.")
        continue
      }
      groupsLeft -= 1
      guard path.count < Self.deepestGroup, groupsLeft > 0 else {
        report.omit(identifier, "the group where groups are nested too deeply or too often.")
        continue
      }
      usedGroups.insert(identifier)
      items.tellCondition(of: reference, named: identifier, &report)
      guard Self.repeats(group) else {
        addContent(of: group, to: &form, &apart, path: path + [identifier])
        continue
      }
      let title = language.text(of: group.first("Description")) ?? group["Name"] ?? identifier
      var inner = draftForm(
        form.source + "/" + identifier, identifier, group, WrittenText.line(title))
      inner.isRepeating = true
      inner.dataClass = max(inner.dataClass, form.dataClass)
      addContent(of: group, to: &inner, &apart, path: path + [identifier])
      inner.sections.removeAll(where: \.fields.isEmpty)
      if !inner.sections.isEmpty { apart.append(inner) }
    }
  }

  private mutating func addItem(
    _ reference: XMLElement, to section: inout FormSectionDraft, _ form: DraftForm
  ) {
    let identifier = reference["ItemOID"] ?? ""
    usedItems.insert(identifier)
    guard asked.insert(form.source + "\n" + identifier).inserted else {
      report.omit(identifier, "the item where “\(form.title)” asks for it a second time.")
      return
    }
    if let choice = items.choice(identifier),
      let place = section.fields.firstIndex(where: { $0.source == choice.field })
    {
      items.add(choice, to: &section.fields[place])
      return
    }
    guard let field = items.field(reference, form, &report) else { return }
    section.fields.append(field)
  }

  // MARK: Visits

  private mutating func addVisits(to draft: inout Draft) {
    var order: [String] = []
    collect(version.first("Protocol"), into: &order, depth: 8)
    for event in version.all("StudyEventDef") {
      if let identifier = event["OID"], !order.contains(identifier) { order.append(identifier) }
    }
    for identifier in order {
      guard let event = events[identifier] else {
        report.omit(identifier, "the event, which the protocol names and nothing defines.")
        continue
      }
      draft.visits.append(visit(identifier, event))
    }
    ODMTiming(version).apply(to: &draft.visits, &report)
  }

  // ODM 2 puts events into groups, and groups into groups.
  private mutating func collect(
    _ holder: XMLElement?, into order: inout [String], depth: Int
  ) {
    guard let holder, depth > 0 else { return }
    for reference in Self.ordered(
      holder.children.filter { $0.name == "StudyEventRef" || $0.name == "StudyEventGroupRef" })
    {
      if let identifier = reference["StudyEventOID"] {
        if !order.contains(identifier) { order.append(identifier) }
      } else if let identifier = reference["StudyEventGroupOID"],
        seenEventGroups.insert(identifier).inserted
      {
        let group = version.all("StudyEventGroupDef").first { $0["OID"] == identifier }
        collect(group, into: &order, depth: depth - 1)
      }
    }
  }

  private mutating func visit(_ identifier: String, _ event: XMLElement) -> DraftVisit {
    let title = WrittenText.line(
      event["Name"] ?? language.text(of: event.first("Description")) ?? identifier)
    var visit = DraftVisit(source: identifier, title: title)
    if Self.repeats(event) {
      report.omit(identifier, "that the event repeats; a visit takes place once.")
    }
    if let days = ODMItemReading.alias("Equipoise.window", of: event)?.split(separator: " ")
      .compactMap({ Int($0) }), days.count == 3, days[1] <= days[2]
    {
      visit.day = days[0]
      visit.window = days[1]...days[2]
    }
    visit.dataClass =
      ODMItemReading.alias("Equipoise.class", of: event).flatMap { DataClass(rawValue: $0) }
      ?? .open
    for reference in Self.ordered(event.all("FormRef") + event.all("ItemGroupRef")) {
      let form = reference[reference.name == "FormRef" ? "FormOID" : "ItemGroupOID"] ?? ""
      guard let made = parts[form] else {
        report.omit(identifier, "the form “\(form)” of this event, which nothing defines.")
        continue
      }
      visit.forms += made
    }
    return visit
  }

  // MARK: The rest

  // Elements and attributes other systems put beside those of ODM.
  private mutating func tellForeign() {
    var elements: [String: Int] = [:]
    var attributes: [String: Int] = [:]
    var found: [String] = []
    func note(_ name: String, _ counts: inout [String: Int]) {
      if counts[name] == nil { found.append(name) }
      counts[name, default: 0] += 1
    }
    var open = [study ?? version]
    while let element = open.popLast() {
      if element.namespace != vocabulary {
        note("\(element.name) {\(element.namespace)}", &elements)
        continue
      }
      for attribute in element.attributes
      where ![vocabulary, "", Self.ofXML, Self.ofSchemas].contains(attribute.namespace) {
        note("\(attribute.name) {\(attribute.namespace)}", &attributes)
      }
      open += element.children
    }
    for name in Set(found).sorted() {
      let counts = [("element", elements[name]), ("attribute", attributes[name])]
      for case (let kind, let count?) in counts {
        report.omit(
          WrittenText.cut(WrittenText.line(name), 160),
          "\(count == 1 ? "1 \(kind)" : "\(count) \(kind)s") of another vocabulary than ODM.")
      }
    }
  }

  private static let ofXML = "http://www.w3.org/XML/1998/namespace"
  private static let ofSchemas = "http://www.w3.org/2001/XMLSchema-instance"

  private mutating func tellRest() {
    if !language.others.isEmpty {
      let others = language.others.map { "\($0.texts) texts in \($0.language)" }
      report.omit(
        "languages",
        "a definition has one language, “\(language.chosen)”; left out are "
          + others.joined(separator: ", ") + ".")
    }
    var aliases: [String: Int] = [:]
    for alias in version.descendants("Alias") {
      let context = alias["Context"] ?? ""
      if !context.hasPrefix("Equipoise") { aliases[context, default: 0] += 1 }
    }
    for context in aliases.keys.sorted() {
      report.omit(
        "Alias \(WrittenText.cut(context, 60))", "names in this context (\(aliases[context] ?? 0))."
      )
    }
    if version.first("Include") != nil {
      report.omit("Include", "the definitions of another file, which is not read.")
    }
    tellForeign()
    ODMRemains(study: study, version: version, vocabulary: vocabulary).tell(&report)
    let structure = version.first("Protocol")
    for (name, what) in [
      ("Epoch", "periods of the trial"), ("TrialPhase", "phases"),
      ("StudyObjective", "objectives"), ("StudyEndPoint", "endpoints"),
      ("InclusionExclusionCriteria", "criteria"), ("StudyIndication", "indications"),
      ("StudyIntervention", "interventions"),
    ] {
      let count = structure?.descendants(name).count ?? 0
      if count > 0 {
        report.omit(name, "\(what) (\(count)).")
      }
    }
    for (name, what) in [
      ("WorkflowDef", "workflows"), ("StudyEventGroupDef", "groups of events"),
      ("ImputationMethod", "rules of imputation"), ("Presentation", "layouts"),
    ] {
      let count = version.all(name).count
      if count > 0 { report.omit(name, "\(what) (\(count)).") }
    }
  }
}
