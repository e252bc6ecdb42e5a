import Store
import StudyModel

/// Tells whose steps of lifecycles an amendment opens, closes or asks for otherwise.
///
/// Of participation those from the state the participant is in, since people take them one by one; of a
/// lifecycle nobody moves by hand every one, since its state follows from what is recorded.
struct StepTrial {
  /// The version in force at each site today.
  let inForce: [SiteKey: StudyDefinition]
  /// Every version entries were entered under, by its name.
  let versions: [String: StudyDefinition]
  let new: StudyDefinition
  let participants: [Participant]
  /// The entries that were not voided, by participant.
  let entries: [String: AmendmentEntries]
  /// The forms with a signature in force, by participant.
  let signed: [String: Set<FormID>]
  let classes: [DataClass]
  let now: UTCInstant

  /// The classes of the lifecycles that change, or read what does.
  static func classes(
    _ old: StudyDefinition, _ new: StudyDefinition, _ changes: AmendedFields
  ) -> Set<DataClass> {
    Set(
      AmendedStep.all(from: old, to: new).filter { step in
        step.before != step.after || step.isRuled.before != step.isRuled.after
          || step.formulas.flatMap(\.references).contains { changes.touches($0) }
      }.map(\.dataClass))
  }

  func findings() throws -> [AmendmentFinding] {
    let amended = versions.mapValues { AmendedFields(from: $0, to: new) }
    let everyone = versions.keys.sorted().compactMap { versions[$0] }
    let reading = new.joined(with: everyone)
    var steps: [SiteKey: [AmendedStep]] = [:]
    for (site, old) in inForce {
      steps[site] = AmendedStep.all(from: old, to: new).filter { classes.contains($0.dataClass) }
    }
    return try participants.sorted { $0.key < $1.key }.flatMap { participant in
      guard let old = inForce[participant.site] else { return [AmendmentFinding]() }
      let own = try entries[participant.key.text] ?? AmendmentEntries([])
      let clock = try new.clock(of: participant.site)
      let place = StepPlace(
        participant: participant, entries: own, signed: signed[participant.key.text] ?? [],
        classes: classes, clock: clock, now: now, amended: amended,
        inForce: amended[old.version] ?? AmendedFields(from: old, to: new),
        before: (old, old.joined(with: everyone)), after: (new, reading))
      return (steps[participant.site] ?? []).compactMap { step in
        place.sentence(about: step).map {
          AmendmentFinding(
            kind: .step, dataClass: step.dataClass, participant: participant.key.text,
            site: participant.site.text, form: "", visit: "", number: 1, field: "", sentence: $0)
        }
      }
    }
  }
}

/// The ways into one state of a lifecycle of participants, under two versions.
private struct AmendedStep {
  /// The words that name it.
  let name: String
  let dataClass: DataClass
  let isServed: Bool
  /// Whether the version has the lifecycle at all.
  let isRuled: (before: Bool, after: Bool)
  let before: [LifecycleTransition]
  let after: [LifecycleTransition]

  var formulas: [Formula] { (before + after).flatMap(\.conditions) }

  /// The steps that start from a state.
  func from(_ state: String) -> AmendedStep {
    AmendedStep(
      name: name, dataClass: dataClass, isServed: isServed, isRuled: isRuled,
      before: before.filter { $0.from.contains(state) },
      after: after.filter { $0.from.contains(state) })
  }

  /// The steps of every lifecycle of participants, in the order of the later version.
  static func all(from old: StudyDefinition, to new: StudyDefinition) -> [AmendedStep] {
    let others = [ServedLifecycle.site, .study].map(\.rawValue)
    let ids = (new.lifecycles + old.lifecycles).map(\.id)
      .reduce(into: [String]()) { if !$0.contains($1) && !others.contains($1) { $0.append($1) } }
    return ids.flatMap { id in
      let before = old.lifecycles.first { $0.id == id }
      let after = new.lifecycles.first { $0.id == id }
      let plans = [after, before].compactMap(\.self)
      guard let plan = plans.first, let dataClass = plans.map(\.dataClass).max() else {
        return [AmendedStep]()
      }
      let targets = plans.flatMap(\.transitions).map(\.to)
        .reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
      return targets.map { target in
        let title = plans.flatMap(\.states).first { $0.id == target }?.title ?? target
        return AmendedStep(
          name: "\(plan.title), the step to “\(title)”", dataClass: dataClass,
          isServed: plan.isServed, isRuled: (before != nil, after != nil),
          before: before?.transitions.filter { $0.to == target } ?? [],
          after: after?.transitions.filter { $0.to == target } ?? [])
      }
    }
  }
}

/// What is known of one participant when steps are compared.
private struct StepPlace {
  let participant: Participant
  let entries: AmendmentEntries
  let signed: Set<FormID>
  let classes: [DataClass]
  let clock: SiteClock
  let now: UTCInstant
  let amended: [String: AmendedFields]
  let inForce: AmendedFields
  /// Each version with the one that reads what was entered under any.
  let before: (own: StudyDefinition, reading: StudyDefinition)
  let after: (own: StudyDefinition, reading: StudyDefinition)

  /// What becomes of a step, nil where nothing does.
  func sentence(about whole: AmendedStep) -> String? {
    // What is not open begins with randomization.
    guard whole.dataClass == .open || participant.randomizedAt != nil else { return nil }
    let step = whole.isServed ? whole.from(participant.state) : whole
    let read = Set(step.formulas.flatMap(\.references))
    let touched = read.filter { isTouched($0) }.sorted { $0.description < $1.description }
    let isChanged = step.before != step.after || step.isRuled.before != step.isRuled.after
    guard isChanged || !touched.isEmpty, !(step.before + step.after).isEmpty else { return nil }
    let untold =
      read.filter(isUntold).sorted { $0.description < $1.description }
      .first?.description ?? unreadSignature(of: step)
    if untold == nil {
      let old = isOpen(step.before, step.isServed, step.isRuled.before, before)
      let new = isOpen(step.after, step.isServed, step.isRuled.after, after)
      if old != new {
        return step.isServed
          ? "\(step.name) would \(new ? "be open" : "not be open any more")."
          : "\(step.name) would \(new ? "be taken" : "not be taken any more")."
      }
      if step.isServed, manner(step.before) != manner(step.after) {
        return "\(step.name) would be asked for otherwise."
      }
    }
    if let reference = touched.first {
      return "\(step.name): reads \(reference), which the new version changes."
    }
    return untold.map {
      "\(step.name): is changed and reads \($0), which is not read here; what it comes to cannot "
        + "be told."
    }
  }

  /// Who takes a step, and what of it no data say.
  private func manner(_ steps: [LifecycleTransition]) -> [LifecycleTransition] {
    steps.map {
      LifecycleTransition(
        event: "", from: [], to: "", roles: $0.roles, isAutomatic: $0.isAutomatic,
        people: $0.people, needsReason: $0.needsReason, contacts: $0.contacts, sentence: "")
    }
  }

  private func isOpen(
    _ steps: [LifecycleTransition], _ isServed: Bool, _ isRuled: Bool,
    _ version: (own: StudyDefinition, reading: StudyDefinition)
  ) -> Bool {
    // Where the definition has no rules for the acts of the server, it goes by its own.
    guard isRuled else { return isServed }
    let references = Set(steps.flatMap(\.conditions).flatMap(\.references))
    var facts: [StudyFact: FormulaValue] = [
      .today: .date(clock.date(at: now)), .state: .text(participant.state),
      .consentedOn: .date(clock.date(at: participant.consentedAt)),
    ]
    facts[.day0] = participant.day0.map { .date($0) }
    let clocks = version.own.formulaClocks(at: clock)
    let environment = FormulaEnvironment(
      elsewhere: version.reading.outsideValues(
        of: references, among: entries.entries, by: clock, facts: facts), clocks: clocks)
    return steps.contains { step in
      (isServed || !step.conditions.isEmpty || !step.signedForms.isEmpty)
        && step.signedForms.allSatisfy(signed.contains)
        && step.conditions.allSatisfy { $0.truth(in: environment) == true }
    }
  }

  /// Whether a reference reaches what the new version changes, where the participant has data.
  private func isTouched(_ reference: FieldReference) -> Bool {
    guard let form = reference.form else { return false }
    if [StudyFact.formName, Population.formName].contains(form.text) {
      return inForce.touches(reference)
    }
    return entries.entries.contains { entry in
      entry.form == form && entry.status.isSubmitted
        && (reference.visit == nil || reference.visit == entry.visit)
        && entries.definition(of: entry).flatMap { amended[$0] }?.touches(reference) ?? false
    }
  }

  private static let told: Set<StudyFact> = [.today, .state, .consentedOn, .day0]

  private func isUntold(_ reference: FieldReference) -> Bool {
    guard let name = reference.form else { return false }
    if name.text == StudyFact.formName {
      return StudyFact(rawValue: reference.field.text).map { !Self.told.contains($0) } ?? true
    }
    return !isRead(name)
  }

  /// A form whose signature a step asks for and which is not read here.
  private func unreadSignature(of step: AmendedStep) -> String? {
    (step.before + step.after).flatMap(\.signedForms).sorted().first { !isRead($0) }
      .map { "the signature on \($0)" }
  }

  private func isRead(_ form: FormID) -> Bool {
    after.reading.form(form).map { classes.contains($0.dataClass) } ?? false
  }
}
