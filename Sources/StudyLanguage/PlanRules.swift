import StudyModel
import Yams

/// Rules over the plan of the analysis: numbers that must agree, and values that must be there.
extension DefinitionReader {
  // MARK: Endpoints

  mutating func checkEndpoints(
    _ keyed: KeyedNode, _ primary: PrimaryEndpoint?, _ endpoints: [SecondaryEndpoint],
    _ visits: [Visit], _ table: FieldTable
  ) {
    if let primary { checkPrimary(keyed, primary, visits) }
    let nodes = keyed.entries["secondary_endpoints"]?.sequence.map(Array.init) ?? []
    for endpoint in endpoints {
      guard let value = endpoint.value,
        let node = nodes.first(where: { $0["id"]?.scalar?.string == endpoint.id })
      else { continue }
      if case .reference(let reference) = value,
        let type = table.fact(reference, for: .nobody)?.type, type.isFreeText,
        let written = node["value"]
      {
        report(
          "“\(reference)” is free text; an endpoint is a number, a code, a date, or true or false.",
          at: Place(written))
        continue
      }
      for form in Set(
        value.references.filter { $0.visit == nil && $0.occasion == nil }
          .compactMap(\.form)
      ).sorted() {
        guard let given = names.visits(of: form) else { continue }
        for visit in endpoint.visits where !given.contains(visit.text) {
          report(
            "the endpoint “\(endpoint.id)” has no value at \(visit), since \(form) is not given there.",
            at: node["visits"].map { Place($0) } ?? Place(node))
        }
      }
    }
  }

  private mutating func checkPrimary(
    _ keyed: KeyedNode, _ endpoint: PrimaryEndpoint, _ visits: [Visit]
  ) {
    guard let node = keyed.entries["primary_endpoint"],
      let end = visits.first(where: { $0.code == endpoint.followUp.visit })
    else { return }
    let start = visits.first { $0.code == endpoint.baseline.visit }
    let days = (start?.targetDay, end.targetDay)
    let isBackwards = start?.code == end.code || days.0 ?? 0 >= days.1 ?? Int.max
    if let start, isBackwards, let written = node["follow_up"] {
      report(
        "“follow_up” of the primary endpoint is at \(end.code), which is not after \(start.code).",
        at: Place(written))
    }
    let isGiven = endpoint.followUp.form.flatMap { names.visits(of: $0) }?.contains(end.code.text)
    if isGiven != false, let window = end.window, !window.overlaps(endpoint.usableDays),
      let written = node["usable_days"]
    {
      report(
        "no day of “usable_days” lies in the window of \(end.code), \(window.lowerBound) to "
          + "\(window.upperBound).", at: Place(written))
    }
  }

  // MARK: Adverse events

  mutating func checkAdverseEvents(
    _ keyed: KeyedNode, _ analysis: AnalysisPlan?, _ table: FieldTable
  ) {
    guard let events = analysis?.adverseEvents,
      let node = keyed.entries["analysis"]?["adverse_events"]
    else { return }
    func fact(_ field: FieldID) -> FieldFact? {
      table.fact(FieldReference(form: events.form, field: field), for: .nobody)
    }
    for (key, field) in [("organ_class", events.organClass), ("term", events.term)] {
      guard let found = fact(field), found.calculation == nil, !found.type.kind.fits(.text),
        let written = node[key]
      else { continue }
      report(
        "“\(key)” of the adverse events names a text; “\(field)” is \(found.type.kind.described).",
        at: Place(written))
    }
    if let grade = fact(events.grade), let written = node["grade"] {
      let isNumbers = grade.type.codes.map { $0.allSatisfy { (Int($0) ?? 0) > 0 } }
      if !(isNumbers ?? (grade.calculation != nil || grade.type.kind == .number)) {
        report(
          "“grade” of the adverse events names a number from 1, or codes that are such numbers.",
          at: Place(written))
      }
    }
    if let serious = fact(events.serious), serious.calculation == nil,
      serious.type.codes?.contains("Y") != true, let written = node["serious"]
    {
      report(
        "“serious” of the adverse events names a field with the code Y.", at: Place(written))
    }
  }

  // MARK: Numbers of participants

  mutating func checkNumbers(
    _ keyed: KeyedNode, _ size: SampleSizeRecord?, _ arms: [Arm], _ plan: RandomizationPlan?,
    _ hypotheses: [Hypothesis]
  ) {
    guard let size, let node = keyed.entries["sample_size"] else { return }
    let total = size.perArm * arms.count
    let planned = total...(2 * total)
    // Of unequal shares “per_arm” says nothing that could be added up.
    if let plan, Set(arms.map(\.ratio)).count == 1, arms.count == names.listed(.arm).count,
      !planned.contains(plan.plannedTotal), let written = node["per_arm"]
    {
      report(
        "“per_arm” \(size.perArm) makes \(total) participants in \(arms.count) arms, and "
          + "“planned_total” of the randomization is \(plan.plannedTotal): as many are planned, or up to "
          + "twice as many for those who are lost.", at: Place(written))
    }
    let alphas = hypotheses.map(\.alphaOneSided)
    if !alphas.isEmpty, !alphas.contains(size.alphaOneSided), let written = node["alpha"] {
      report(
        "“alpha” \(size.alphaOneSided) of the sample size is that of no hypothesis.",
        at: Place(written))
    }
  }

  // MARK: Looks

  mutating func checkLooks(
    _ keyed: KeyedNode, _ interim: InterimPlan?, _ plan: RandomizationPlan?, _ lock: LockPlan?,
    _ hypotheses: [Hypothesis]
  ) {
    guard let interim, let node = keyed.entries["interim"] else { return }
    let nodes = node["looks"]?.sequence.map(Array.init) ?? []
    var before: InterimLook?
    for look in interim.looks {
      guard let item = nodes.first(where: { $0["id"]?.scalar?.string == look.id }) else { continue }
      if let total = plan?.plannedTotal, look.participants > total {
        report(
          "the look “\(look.id)” waits for \(look.participants) participants, and \(total) are planned.",
          at: Place(item))
      }
      if let last = lock?.lastDay, look.reachedDay > last {
        report(
          "the look “\(look.id)” waits for day \(look.reachedDay), and the last day is \(last).",
          at: Place(item))
      }
      if let before,
        (look.participants, look.reachedDay) <= (before.participants, before.reachedDay)
      {
        report(
          "the look “\(look.id)” does not come after “\(before.id)”: participants, or the day they have "
            + "reached, grow from one look to the next.", at: Place(item))
      }
      before = look
    }
    checkBoundaries(node, interim, hypotheses)
  }

  private static func isError(_ alpha: ExactNumber) -> Bool {
    alpha > ExactNumber(0) && alpha.times(ExactNumber(2)) ?? alpha < ExactNumber(1)
  }

  private mutating func checkBoundaries(
    _ node: Node, _ interim: InterimPlan, _ hypotheses: [Hypothesis]
  ) {
    let written = node["boundaries"]?.sequence.map(Array.init) ?? []
    // What could not be read was told; the others may be what they should be.
    guard let boundaryCheck, written.count == interim.boundaries.count,
      interim.looks.count == node["looks"]?.sequence?.count,
      hypotheses.allSatisfy({ Self.isError($0.alphaOneSided) }),
      interim.looks.allSatisfy({ $0.information.map { $0 <= ExactNumber(1) } ?? true })
    else { return }
    for disagreement in boundaryCheck(interim, hypotheses) {
      let item = disagreement.index.flatMap { written.indices.contains($0) ? written[$0] : nil }
      let place = disagreement.key.flatMap { item?[$0] } ?? item ?? node["boundaries"] ?? node
      report(disagreement.sentence, at: Place(place))
    }
  }
}

extension FieldType {
  fileprivate var isFreeText: Bool {
    switch self {
    case .text, .userReference, .time: true
    case .integer, .decimal, .boolean, .code, .multi, .date, .partialDate, .dateTime, .calculated:
      false
    }
  }
}
