/// Reads the project file of REDCap: ODM 1.3.1 in name, with what matters in attributes of its own.
enum REDCapXML {
  static func isProject(_ root: XMLElement) -> Bool {
    root["SourceSystem"] == "REDCap"
      || root.descendants("ItemDef").contains { $0.redcap("FieldType") != nil }
  }

  static func project(
    of root: XMLElement, report: inout ExchangeReport
  ) throws(ExchangeRefusal) -> REDCapProject {
    guard let study = root.first("Study"), let version = study.all("MetaDataVersion").last else {
      throw ExchangeRefusal("The file holds no study with a MetaDataVersion.")
    }
    var project = REDCapProject()
    let global = study.first("GlobalVariables")
    project.title = WrittenText.line(global?.first("StudyName")?.text ?? "")
    project.missingCodes = WrittenText.line(global?.first("MissingDataCodes")?.text ?? "")
    project.recordName = version.redcap("RecordIdField")
    for part in global?.children ?? [] where part.namespace == XMLDocument.redcap {
      // What a project sets up beside its forms; blank settings say nothing.
      guard part.name.hasSuffix("Group"), !part.children.isEmpty else { continue }
      report.omit(part.name, "settings of the project (\(part.children.count)).")
    }
    events(version, &project, &report)
    variables(version, &project, &report)
    guard !project.variables.isEmpty else {
      throw ExchangeRefusal("The project holds no variable.")
    }
    return project
  }

  private static func events(
    _ version: XMLElement, _ project: inout REDCapProject, _ report: inout ExchangeReport
  ) {
    var arms: [(number: String, name: String)] = []
    for event in version.all("StudyEventDef") {
      let source = event.redcap("UniqueEventName") ?? event["OID"] ?? ""
      let title = WrittenText.line(event["Name"] ?? event.redcap("EventName") ?? source)
      var visit = DraftVisit(source: source, title: title.isEmpty ? source : title)
      let offset = event.redcap("DayOffset").flatMap { Int($0) }
      let (before, after) = (whole(event.redcap("OffsetMin")), whole(event.redcap("OffsetMax")))
      if let day = offset, (-1000...10_000).contains(day), (0...1000).contains(before),
        (0...1000).contains(after)
      {
        visit.day = day
        visit.window = (day - before)...(day + after)
      }
      visit.forms = event.all("FormRef").compactMap {
        $0.redcap("FormName") ?? formName($0["FormOID"])
      }
      project.visits.append(visit)
      if let number = event.redcap("ArmNum"), !arms.contains(where: { $0.number == number }) {
        arms.append((number, event.redcap("ArmName") ?? "Arm \(number)"))
      }
    }
    guard arms.count > 1 else { return }
    project.arms = arms.map { DraftArm(source: $0.name, title: $0.name) }
    report.repair(
      "arms",
      "each arm has events of its own. A definition has one schedule for all arms, since a visit "
        + "only one arm has tells the arm: join the visits, and take arms out of their titles.")
  }

  private static func whole(_ text: String?) -> Int { text.flatMap { Int($0) } ?? 0 }

  private static func formName(_ identifier: String?) -> String? {
    identifier.map { $0.hasPrefix("Form.") ? String($0.dropFirst(5)) : $0 }
  }

  private static func variables(
    _ version: XMLElement, _ project: inout REDCapProject, _ report: inout ExchangeReport
  ) {
    let groups = table(version.all("ItemGroupDef"), &report)
    let items = table(version.all("ItemDef"), &report)
    let lists = table(version.all("CodeList"), &report)
    var seen: Set<String> = []
    for form in version.all("FormDef") {
      let name = form.redcap("FormName") ?? formName(form["OID"]) ?? "unnamed"
      if form["Repeating"] == "Yes" { project.repeatingForms.insert(name) }
      for groupRef in form.all("ItemGroupRef") {
        guard let group = groups[groupRef["ItemGroupOID"] ?? ""] else {
          report.omit(groupRef["ItemGroupOID"] ?? name, "a group that is named and not defined.")
          continue
        }
        for itemRef in group.all("ItemRef") {
          guard let identifier = itemRef["ItemOID"], let item = items[identifier] else {
            report.omit(itemRef["ItemOID"] ?? name, "an item that is named and not defined.")
            continue
          }
          let variable = item.redcap("Variable") ?? identifier
          guard seen.insert(variable).inserted else { continue }
          let title = WrittenText.line(form["Name"] ?? "")
          project.variables.append(
            self.variable(
              variable, item, lists[item.first("CodeListRef")?["CodeListOID"] ?? ""], name,
              title.isEmpty ? REDCapDictionary.title(of: name) : title, &report))
        }
      }
    }
  }

  private static func table(
    _ elements: [XMLElement], _ report: inout ExchangeReport
  ) -> [String: XMLElement] {
    var table: [String: XMLElement] = [:]
    for element in elements {
      guard let identifier = element["OID"] else { continue }
      if table[identifier] == nil {
        table[identifier] = element
      } else {
        report.repair(identifier, "is defined twice; the first \(element.name) counts.")
      }
    }
    return table
  }

  private static func variable(
    _ name: String, _ item: XMLElement, _ list: XMLElement?, _ form: String, _ formTitle: String,
    _ report: inout ExchangeReport
  ) -> REDCapVariable {
    var variable = REDCapVariable()
    variable.name = name
    variable.form = form
    variable.formTitle = formTitle
    variable.section = item.redcap("SectionHeader") ?? ""
    switch item.redcap("FieldType") ?? "" {
    case "textarea": variable.type = "notes"
    case "select": variable.type = "dropdown"
    case let type: variable.type = type
    }
    variable.label = item.first("Question")?.wholeText ?? item["Name"] ?? ""
    if variable.type == "checkbox", let choices = list?.redcap("CheckboxChoices") {
      variable.choices = REDCapDictionary.choices(choices, of: name, &report)
    } else if variable.type == "radio" || variable.type == "dropdown" {
      variable.choices = (list?.all("CodeListItem") ?? []).map { entry in
        let code = entry["CodedValue"] ?? ""
        let label = WrittenText.line(entry.first("Decode")?.wholeText ?? "")
        return (code, label.isEmpty ? code : label)
      }
    }
    variable.formula = item.redcap("Calculation") ?? item.redcap("SliderLabels") ?? ""
    variable.note = item.redcap("FieldNote") ?? ""
    variable.validation = item.redcap("TextValidationType")?.lowercased() ?? ""
    for check in item.all("RangeCheck") {
      let value = WrittenText.trimmed(check.first("CheckValue")?.text ?? "")
      if check["Comparator"] == "GE" { variable.least = value }
      if check["Comparator"] == "LE" { variable.most = value }
    }
    variable.isIdentifier = REDCapDictionary.isYes(item.redcap("Identifier") ?? "")
    variable.branching = item.redcap("BranchingLogic") ?? ""
    variable.isRequired = REDCapDictionary.isYes(item.redcap("RequiredField") ?? "")
    variable.matrix = item.redcap("MatrixGroupName") ?? ""
    variable.annotation = item.redcap("FieldAnnotation") ?? ""
    return variable
  }
}
