import StudyModel
import Yams

/// Rules over forms about a site: nothing of a participant is read there, and nothing follows for one.
extension DefinitionReader {
  mutating func checkSiteForms(
    _ keyed: KeyedNode, _ forms: [Form], _ visits: [Visit], alerts: [AlertPlan],
    clocks: [SafetyClock], deviations: [DeviationType]
  ) {
    let nodes = keyed.entries["forms"]?.sequence.map(Array.init) ?? []
    if visits.contains(where: { $0.code == .site }), let node = keyed.entries["visits"] {
      report("“\(VisitCode.site)” is no visit: it marks what is about a site.", at: Place(node))
    }
    let names = Set(forms.filter { $0.subject == .site }.map(\.id))
    guard !names.isEmpty else { return }
    for form in forms {
      guard let node = nodes.first(where: { $0["id"]?.scalar?.string == form.id.text }) else {
        continue
      }
      if form.subject == .site {
        checkParts(of: form, node)
        checkFollowers(of: form, alerts, clocks, deviations, node)
        for reference in Self.foreign(to: form) {
          report(
            "\(form.id) is about a site and cannot read “\(reference)”, which is known of a "
              + "participant.", at: Place(node))
        }
      } else {
        for reference in form.outsideReferences.sorted(by: { $0.description < $1.description })
        where reference.form.map(names.contains) ?? false {
          report(
            "\(form.id) is about a participant and cannot read “\(reference)” of a site.",
            at: Place(node))
        }
      }
    }
  }

  private mutating func checkParts(of form: Form, _ node: Node) {
    func refuse(_ isThere: Bool, _ what: String) {
      if isThere { report("\(form.id) is about a site and has no \(what).", at: Place(node)) }
    }
    refuse(!form.visits.isEmpty, "“visits”")
    refuse(!form.arms.isEmpty, "“arms”")
    refuse(form.planned != nil, "“planned”")
    refuse(form.instrument != nil, "“instrument”")
    refuse(form.withdrawalLevel != nil, "“withdrawal_level”")
    refuse(form.disclosure != nil, "“disclosure”")
    refuse(form.followUp != nil, "“followed_up”")
    if form.isWorkedOut {
      report("\(form.id) is about a site and is entered by somebody.", at: Place(node))
    }
    if form.dataClass != .open, form.dataClass != .treatment {
      report("\(form.id) is about a site: its class is “open” or “treatment”.", at: Place(node))
    }
  }

  // Alerts, reporting times and deviations are each about one participant.
  private mutating func checkFollowers(
    of form: Form, _ alerts: [AlertPlan], _ clocks: [SafetyClock], _ deviations: [DeviationType],
    _ node: Node
  ) {
    let codes = Set(form.checks.map(\.code))
    let followers =
      alerts.filter { $0.triggers.contains { $0.form == form.id } }.map { "the alert “\($0.id)”" }
      + clocks.filter { $0.form == form.id }.map { "the reporting time “\($0.id)”" }
      + deviations.filter {
        $0.rules.contains { $0.form == form.id } || !codes.isDisjoint(with: $0.draftedBy)
      }.map { "the deviation “\($0.id)”" }
    for follower in followers {
      report(
        "\(form.id) is about a site, and \(follower) is about a participant.", at: Place(node))
    }
  }

  private static let factsOfSites: Set<StudyFact> = [
    .today, .enteredAt, .consentVersions, .therapistCertified, .writer, .enrolmentClosed,
  ]

  private static func foreign(to form: Form) -> [FieldReference] {
    form.outsideReferences.filter { reference in
      guard let name = reference.form, name != form.id else { return false }
      guard name.text == StudyFact.formName else { return true }
      return StudyFact(rawValue: reference.field.text).map { !factsOfSites.contains($0) } ?? true
    }.sorted { $0.description < $1.description }
  }
}
