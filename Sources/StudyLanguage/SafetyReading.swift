import StudyModel
import Yams

/// Alerts, reporting times and deviations.
extension DefinitionReader {
  // MARK: Alerts

  mutating func alertPlan(_ node: Node, _ forms: [Form]) -> AlertPlan? {
    guard
      let keyed = keyed(
        node, "an alert plan", needs: ["id", "title", "to", "within"],
        may: ["when", "missed", "existence_to", "escalate", "repeated"])
    else { return nil }
    let id = text(keyed, "id")
    let title = text(keyed, "title")
    let recipients: [RoleID] = knownList(keyed, "to", .role, RoleID.self)
    let existence = knownList(keyed, "existence_to", .role, RoleID.self)
    let escalated = knownList(keyed, "escalate", .role, RoleID.self)
    let deadline = keyed.entries["within"].flatMap { self.deadline($0) }
    let isRepeated = truth(keyed, "repeated", else: false)
    var triggers = list(keyed, "when") { reader, node in reader.alertTrigger(node) }
    let missed = knownList(keyed, "missed", .form, FormID.self)
    triggers += missed.map { AlertTrigger.missed($0) }
    for role in recipients where existence.contains(role) {
      report("the role “\(role)” gets the alert or only learns of it, not both.", at: keyed.place)
    }
    guard let id, let title, let deadline else { return nil }
    return AlertPlan(
      id: id, title: title, triggers: triggers, recipients: recipients, existenceOnly: existence,
      escalatedTo: escalated, deadline: deadline, isRepeated: isRepeated)
  }

  private mutating func deadline(_ node: Node) -> AlertDeadline? {
    switch node.scalar?.string {
    case "at_once": return .atOnce
    case "same_day": return .sameDay
    case "next_working_day": return .nextWorkingDay
    case let written:
      if let written, let minutes = Int(written), (1...10_080).contains(minutes) {
        return .minutes(minutes)
      }
      report(
        "“within” of an alert is at_once, same_day, next_working_day or a number of minutes.",
        at: Place(node))
      return nil
    }
  }

  private mutating func alertTrigger(_ node: Node) -> AlertTrigger? {
    guard let keyed = keyed(node, "a trigger", needs: ["form", "is"]) else { return nil }
    let form = known(keyed, "form", .form, FormID.self)
    let condition = formula(
      keyed, "is", for: form.map { .form($0) } ?? .nobody, .truth)
    guard let form, let condition else { return nil }
    return .answers(form, condition)
  }

  // An alert that nobody is told of would be worse than none: its author believes it is sent.
  mutating func checkAlerts(
    _ keyed: KeyedNode, _ alerts: [AlertPlan], _ instruments: [Instrument], _ forms: [Form],
    _ roles: [Role]
  ) {
    guard let node = keyed.entries["alerts"] ?? keyed.entries["instruments"] else { return }
    for instrument in instruments {
      for rule in instrument.alerts where !names.contains(rule.name, .alert) {
        report(
          "the instrument “\(instrument.id)” raises “\(rule.name)”, which “alerts” does not plan.",
          at: Place(node))
      }
    }
    guard keyed.entries["alerts"] != nil else { return }
    let raised = Set(instruments.flatMap(\.alerts).map(\.name))
    for item in node.sequence.map(Array.init) ?? [] {
      guard let id = item["id"]?.scalar?.string, let alert = alerts.first(where: { $0.id == id })
      else { continue }
      if alert.triggers.isEmpty, item["when"] == nil, item["missed"] == nil, !raised.contains(id) {
        report("nothing raises the alert “\(id)”.", at: Place(item))
      }
      if alert.recipients.isEmpty, item["to"]?.sequence?.isEmpty ?? false {
        report("nobody gets the alert “\(id)”.", at: Place(item))
      }
    }
    checkReach(node, alerts, instruments, forms, roles)
  }

  // That there is an alert of treatment tells of the treatment.
  private mutating func checkReach(
    _ node: Node, _ alerts: [AlertPlan], _ instruments: [Instrument], _ forms: [Form],
    _ roles: [Role]
  ) {
    for item in node.sequence.map(Array.init) ?? [] {
      guard let id = item["id"]?.scalar?.string, let alert = alerts.first(where: { $0.id == id })
      else { continue }
      let isOfTreatment = forms.contains { form in
        form.dataClass >= .treatment && alert.isRaised(by: form, instruments)
      }
      guard isOfTreatment else { continue }
      for role in roles where !role.classes.contains(.treatment) && alert.reaches(role.id) {
        report(
          "the alert “\(id)” is raised by a form of treatment, of which “\(role.id)” may not know.",
          at: Place(item))
      }
    }
  }

  // MARK: Reporting times

  mutating func safetyClock(_ node: Node, _ forms: [Form], hasZone: Bool) -> SafetyClock? {
    guard
      let keyed = keyed(
        node, "a safety clock", needs: ["id", "title", "form", "starts_at", "remind", "escalate"],
        may: [
          "when", "limit_hours", "limit_days", "follow_up_days", "met_by", "told",
          "declassified_because",
        ])
    else { return nil }
    let id = text(keyed, "id")
    let title = text(keyed, "title")
    let form = known(keyed, "form", .form, FormID.self)
    let condition = formula(keyed, "when", for: form.map { .form($0) } ?? .nobody, .truth)
    let start = startField(keyed, form, forms)
    let limit = clockLimit(keyed, hasZone)
    let further = integer(keyed, "follow_up_days", in: 1...365)
    if further != nil, case .hours? = limit {
      report("“follow_up_days” is given where “limit_days” is.", at: keyed.place)
    }
    let reminded = knownList(keyed, "remind", .role, RoleID.self)
    let escalated = knownList(keyed, "escalate", .role, RoleID.self)
    let end = clockEnd(keyed)
    if end == .version, let start, let field = forms.first(where: { $0.id == form })?.field(start),
      field.isCalculated
    {
      report(
        "“met_by: version” follows an answer; “\(start)” is worked out.", at: keyed.place)
    }
    let told = toldFields(keyed, form, forms)
    let because = text(keyed, "declassified_because")
    if told.isEmpty == false, because == nil {
      report("“told” needs “declassified_because”: why it tells no treatment.", at: keyed.place)
    }
    guard let id, let title, let form, let start, let limit else { return nil }
    return SafetyClock(
      id: id, title: title, form: form, startsAt: start, condition: condition, limit: limit,
      followUpDays: further, reminded: reminded, escalatedTo: escalated,
      isMetByEntry: end != .act, isMetByEachVersion: end == .version, told: told,
      declassifiedBecause: because)
  }

  private mutating func clockEnd(_ keyed: KeyedNode) -> ClockEnd {
    guard let node = keyed.entries["met_by"] else { return .act }
    guard let end = node.scalar.flatMap({ ClockEnd(rawValue: $0.string) }) else {
      report("“met_by” of a safety clock is entry, version or act.", at: Place(node))
      return .act
    }
    return end
  }

  private mutating func toldFields(
    _ keyed: KeyedNode, _ form: FormID?, _ forms: [Form]
  ) -> [FieldID] {
    list(keyed, "told") { reader, node in
      guard let name = node.scalar?.string, let id = try? FieldID(parsing: name) else { return nil }
      if let form = forms.first(where: { $0.id == form }), form.field(id) == nil,
        !reader.names.mentions(id, on: form.id)
      {
        reader.report("\(form.id) has no field “\(name)”.", at: Place(node))
      }
      return id
    }
  }

  // A reporting time of a form of treatment is known to those who read it, or says why to others.
  mutating func checkClocks(
    _ keyed: KeyedNode, _ clocks: [SafetyClock], _ forms: [Form], _ roles: [Role]
  ) {
    for item in keyed.entries["safety_clocks"]?.sequence.map(Array.init) ?? [] {
      guard let id = item["id"]?.scalar?.string, let clock = clocks.first(where: { $0.id == id }),
        clock.declassifiedBecause == nil,
        let form = forms.first(where: { $0.id == clock.form }), form.dataClass >= .treatment
      else { continue }
      for role in roles
      where !role.classes.contains(form.dataClass)
        && (clock.reminded + clock.escalatedTo).contains(role.id)
      {
        report(
          "the safety clock “\(id)” is of treatment, of which “\(role.id)” may not know.",
          at: Place(item))
      }
    }
  }

  private mutating func startField(
    _ keyed: KeyedNode, _ form: FormID?, _ forms: [Form]
  ) -> FieldID? {
    guard let node = keyed.entries["starts_at"], let id = name(keyed, "starts_at", FieldID.self)
    else { return nil }
    guard let form = forms.first(where: { $0.id == form }) else { return id }
    let field = form.field(id)
    if field == nil && !names.mentions(id, on: form.id)
      || field.map({ $0.type != .dateTime && !$0.isCalculated }) ?? false
    {
      report("“starts_at” names a field of \(form.id) with a date and a time.", at: Place(node))
    }
    return id
  }

  private mutating func clockLimit(_ keyed: KeyedNode, _ hasZone: Bool) -> ClockLimit? {
    let hours = integer(keyed, "limit_hours", in: 1...1000)
    let days = integer(keyed, "limit_days", in: 1...365)
    guard (keyed.entries["limit_hours"] == nil) != (keyed.entries["limit_days"] == nil) else {
      report("a safety clock has “limit_hours” or “limit_days”.", at: keyed.place)
      return nil
    }
    if days != nil, !hasZone {
      report("days end by the sponsor's clock: the study needs the key “zone”.", at: keyed.place)
    }
    return hours.map { .hours($0) } ?? days.map { .days($0) }
  }

  // MARK: Deviations

  mutating func deviationType(_ node: Node, _ forms: [Form]) -> DeviationType? {
    guard
      let keyed = keyed(
        node, "a deviation", needs: ["id", "title", "importance", "classes", "excludes"],
        may: [
          "excludes_when", "drafted_by", "drafted_when", "drafted_when_missing",
          "drafted_by_correction",
        ])
    else { return nil }
    let id = text(keyed, "id")
    let title = text(keyed, "title")
    let importance = choice(keyed, "importance", DeviationImportance.self)
    let classes: [DataClass] = list(keyed, "classes") { reader, node in
      reader.choice(node, "a data class")
    }
    let exclusion = choice(keyed, "excludes", ProtocolExclusion.self)
    let codes = list(keyed, "drafted_by") { reader, node in reader.checkCode(node, forms) }
    let rules = list(keyed, "drafted_when") { reader, node in
      reader.deviationRule(node, classes, forms)
    }
    let missing = list(keyed, "drafted_when_missing") { reader, node in
      reader.missingRule(node, classes, forms)
    }
    let isByCorrection = truth(keyed, "drafted_by_correction", else: false)
    if isByCorrection, !classes.isEmpty, !classes.contains(.open) {
      report(
        "an error in a randomization drafts a deviation of class “open”, which is not among its classes.",
        at: keyed.place)
    }
    for form in forms where !classes.isEmpty && form.dataClass > classes.max() ?? .open {
      guard let check = form.checks.first(where: { codes.contains($0.code) }) else { continue }
      report(
        "the check \(check.code) of \(form.id), class “\(form.dataClass.rawValue)”, drafts a "
          + "deviation of a lower class.", at: keyed.place)
    }
    let owner = excludingOwner(rules, codes, forms)
    let excludesWhen = formula(keyed, "excludes_when", for: owner, .truth)
    if excludesWhen != nil, exclusion != .yes {
      report("“excludes_when” is given where “excludes” is yes.", at: keyed.place)
    }
    guard let id, let title, let importance, let exclusion else { return nil }
    return DeviationType(
      id: id, title: title, importance: importance, classes: classes, exclusion: exclusion,
      excludesWhen: excludesWhen, draftedBy: codes, rules: rules, missing: missing,
      isDraftedByCorrection: isByCorrection)
  }

  private mutating func missingRule(
    _ node: Node, _ classes: [DataClass], _ forms: [Form]
  ) -> MissingEntryRule? {
    guard
      let keyed = keyed(
        node, "an entry that is missing", needs: ["form", "visit", "by_day"],
        may: ["declassified_because"])
    else { return nil }
    let form = known(keyed, "form", .form, FormID.self)
    let visit = known(keyed, "visit", .visit, VisitCode.self)
    let day = integer(keyed, "by_day", in: 0...3650)
    let because = text(keyed, "declassified_because")
    if let found = forms.first(where: { $0.id == form }), let most = classes.max(),
      found.dataClass > most, because == nil
    {
      report(
        "\(found.id) has the class “\(found.dataClass.rawValue)”, above those of the deviation.",
        at: keyed.place)
    }
    guard let form, let visit, let day else { return nil }
    return MissingEntryRule(form: form, visit: visit, lastDay: day, declassifiedBecause: because)
  }

  // The condition is read on whichever form drafted the deviation; it is checked against the first.
  private func excludingOwner(
    _ rules: [DeviationRule], _ codes: [String], _ forms: [Form]
  ) -> FieldOwner {
    let form =
      rules.first?.form
      ?? forms.first { form in form.checks.contains { codes.contains($0.code) } }?.id
    return form.map { .form($0) } ?? .nobody
  }

  private mutating func checkCode(_ node: Node, _ forms: [Form]) -> String? {
    guard let code = text(node, "the code of a check") else { return nil }
    let known = EditCheck.generalCodes + forms.flatMap(\.checks).map(\.code)
    guard known.contains(code) else {
      report(
        "There is no check “\(code)”." + Spelling.hint(for: code, among: known), at: Place(node))
      return nil
    }
    return code
  }

  private mutating func deviationRule(
    _ node: Node, _ classes: [DataClass], _ forms: [Form]
  ) -> DeviationRule? {
    guard
      let keyed = keyed(
        node, "a rule of a deviation", needs: ["form", "is"],
        may: ["declassified_because", "on", "says", "found_by"])
    else { return nil }
    let form = known(keyed, "form", .form, FormID.self)
    let condition = formula(keyed, "is", for: form.map { .form($0) } ?? .nobody, .truth)
    if let found = forms.first(where: { $0.id == form }), let most = classes.max(),
      found.dataClass > most, keyed.entries["declassified_because"] == nil
    {
      report(
        "\(found.id) has the class “\(found.dataClass.rawValue)”, above those of the deviation.",
        at: keyed.place)
    }
    let report = deviationReport(keyed, forms.first { $0.id == form })
    guard let form, let condition else { return nil }
    return DeviationRule(
      form: form, condition: condition,
      declassifiedBecause: text(keyed, "declassified_because"), report: report)
  }

  private mutating func deviationReport(_ keyed: KeyedNode, _ form: Form?) -> DeviationReport? {
    let names = ["on", "says", "found_by"]
    let given = names.compactMap { text(keyed, $0) }
    guard !given.isEmpty, let form else { return nil }
    let fields = given.compactMap { name in
      (try? FieldID(parsing: name)).flatMap { form.field($0) }
    }
    guard fields.count == names.count, fields[0].type == .date else {
      report(
        "a report of a deviation names three fields of \(form.id): “on” its date, “says” what happened, "
          + "“found_by” who found it.", at: keyed.place)
      return nil
    }
    return DeviationReport(
      occurredOn: fields[0].id, words: fields[1].id, foundBy: fields[2].id)
  }
}

/// What meets a reporting time.
private enum ClockEnd: String {
  /// The entry that starts it.
  case entry
  /// Each version that tells of a later start.
  case version
  /// Somebody who says so.
  case act
}
