import StudyModel
import Yams

/// Populations, estimands, secondary endpoints, and the committee that watches over them.
extension DefinitionReader {
  mutating func populations(_ keyed: KeyedNode) -> [Population] {
    var earlier: Set<FieldID> = []
    return list(keyed, "populations") { reader, node in
      guard let population = reader.population(node) else { return nil }
      for reference in population.rule.references
      where reference.form == population.reference?.form
        && reader.names.contains(reference.field.text, .population)
        && !earlier.contains(reference.field)
      {
        reader.report(
          "“\(reference)” does not stand above “\(population.id)”; a rule reads only flags above.",
          at: Place(node))
      }
      earlier.insert(population.id)
      return population
    }
  }

  private mutating func population(_ node: Node) -> Population? {
    guard
      let keyed = keyed(
        node, "a population", needs: ["id", "title", "class", "when"],
        may: ["declassified_as", "declassified_because"])
    else { return nil }
    let id = name(keyed, "id", FieldID.self)
    let title = text(keyed, "title")
    let dataClass = choice(keyed, "class", DataClass.self)
    let rule = formula(keyed, "when", for: .nobody, .truth)
    let other = text(keyed, "declassified_as")
    let because = text(keyed, "declassified_because")
    if other != nil, keyed.entries["declassified_because"] == nil {
      report("“declassified_as” needs “declassified_because”.", at: keyed.place)
    }
    guard let id, let title, let dataClass, let rule else { return nil }
    return Population(
      id: id, title: title, dataClass: dataClass, rule: rule, declassifiedAs: other,
      declassifiedBecause: because)
  }

  mutating func checkPopulations(
    _ keyed: KeyedNode, _ populations: [Population], _ table: FieldTable
  ) {
    let nodes = keyed.entries["populations"]?.sequence.map(Array.init) ?? []
    for population in populations where population.declassifiedBecause == nil {
      let inputs = table.dataClass(of: population.rule, for: .nobody)
      guard inputs > population.dataClass,
        let node = nodes.first(where: { $0["id"]?.scalar?.string == population.id.text })
      else { continue }
      report(
        "“\(population.id)” is computed from class “\(inputs.rawValue)” and cannot be "
          + "“\(population.dataClass.rawValue)” without “declassified_because”.", at: Place(node))
    }
  }

  mutating func estimand(_ node: Node) -> Estimand? {
    guard
      let keyed = keyed(
        node, "an estimand",
        needs: ["id", "population", "treatment", "variable", "summary", "events"])
    else { return nil }
    let id = text(keyed, "id")
    let population = text(keyed, "population")
    let treatment = text(keyed, "treatment")
    let variable = text(keyed, "variable")
    let summary = text(keyed, "summary")
    let events = list(keyed, "events") { reader, node in reader.intercurrentEvent(node) }
    guard let id, let population, let treatment, let variable, let summary else { return nil }
    return Estimand(
      id: id, population: population, treatment: treatment, variable: variable, summary: summary,
      events: events)
  }

  private mutating func intercurrentEvent(_ node: Node) -> IntercurrentEvent? {
    guard
      let keyed = keyed(node, "an event", needs: ["event", "strategy"], may: ["note"])
    else { return nil }
    let event = text(keyed, "event")
    let strategy = choice(keyed, "strategy", IntercurrentStrategy.self)
    let note = text(keyed, "note")
    guard let event, let strategy else { return nil }
    return IntercurrentEvent(event: event, strategy: strategy, note: note)
  }

  mutating func secondaryEndpoint(_ node: Node) -> SecondaryEndpoint? {
    guard
      let keyed = keyed(
        node, "a secondary endpoint", needs: ["id", "title"],
        may: ["value", "visits", "arms", "population", "from"])
    else { return nil }
    let id = text(keyed, "id")
    let title = text(keyed, "title")
    let value = formula(keyed, "value", for: .nobody, .any)
    let visits = knownList(keyed, "visits", .visit, VisitCode.self)
    let arms = knownList(keyed, "arms", .arm, ArmCode.self)
    let population = known(keyed, "population", .population, FieldID.self)
    let origin = keyed.entries["from"].flatMap { _ in choice(keyed, "from", EventOrigin.self) }
    guard let id, let title else { return nil }
    return SecondaryEndpoint(
      id: id, title: title, value: value, visits: visits, arms: arms, population: population,
      origin: origin ?? .endOfTreatment)
  }

  mutating func monitoring(_ node: Node) -> MonitoringPlan? {
    guard
      let keyed = keyed(
        node, "the monitoring committee", needs: ["members", "recommendations", "guidelines"])
    else { return nil }
    let members = list(keyed, "members") { reader, node in reader.text(node, "a member") }
    let guidelines = list(keyed, "guidelines") { reader, node in
      reader.text(node, "a guideline")
    }
    var recommendations: [CodeItem] = []
    for (key, value) in keyed.entries["recommendations"]?.mapping.map(Array.init) ?? [] {
      guard let code = text(key, "a recommendation"), let words = text(value, "its words") else {
        continue
      }
      recommendations.append(CodeItem(code: code, label: words))
    }
    if let written = keyed.entries["recommendations"], written.mapping == nil {
      report("“recommendations” gives each code its words.", at: Place(written))
    }
    return MonitoringPlan(
      members: members, recommendations: recommendations, guidelines: guidelines)
  }

  mutating func questionnaires(_ node: Node) -> QuestionnairePlan? {
    guard
      let keyed = keyed(
        node, "the questionnaires", needs: ["open_hours", "reminder_hours"])
    else { return nil }
    let hours = integer(keyed, "open_hours", in: 1...1000)
    let reminders = list(keyed, "reminder_hours") { reader, node in
      reader.integer(node, "a reminder", in: 0...1000)
    }
    if let hours, let late = reminders.first(where: { $0 >= hours }) {
      report("a reminder after \(late) hours comes when the link has lapsed.", at: keyed.place)
    }
    return hours.map { QuestionnairePlan(openHours: $0, reminderHours: reminders) }
  }

  mutating func ratings(_ node: Node) -> RatingPlan? {
    guard let keyed = keyed(node, "the ratings", needs: ["first_hour", "last_hour"]),
      let first = integer(keyed, "first_hour", in: 0...23),
      let last = integer(keyed, "last_hour", in: 0...23)
    else { return nil }
    guard last - first + 1 >= RatingPlan.fewestHours else {
      report(
        "from hour \(first) to hour \(last) a rating may begin at fewer than \(RatingPlan.fewestHours) "
          + "hours of a day, of which at least three in ten are withheld.", at: keyed.place)
      return nil
    }
    return RatingPlan(hours: first...last)
  }

  mutating func accessReview(_ node: Node) -> AccessReviewPlan? {
    guard let keyed = keyed(node, "the review of access", needs: ["days"]) else { return nil }
    return integer(keyed, "days", in: 7...92).map { AccessReviewPlan(days: $0) }
  }
}
