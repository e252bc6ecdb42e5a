import Foundation
import Store
import StudyModel

/// Compares entries with a later version; entries keep theirs, this tells where the two differ.
struct AmendmentTrial {
  let versions: [String: StudyDefinition]
  let new: StudyDefinition
  let entries: [(dataClass: DataClass, entry: VersionedEntry)]
  let queries: [OpenQueryPlace]
  let participants: [String: Participant]
  let now: UTCInstant
  /// The classes that were read.
  private let classes: Set<DataClass>
  /// By version, the fields the new one changes.
  private let amended: [String: AmendedFields]
  /// By version, and for the new one, the definition that reads what was entered under any other.
  private let readings: [String: StudyDefinition]
  private let reading: StudyDefinition

  init(
    versions: [String: StudyDefinition], new: StudyDefinition,
    entries: [(dataClass: DataClass, entry: VersionedEntry)], queries: [OpenQueryPlace],
    participants: [Participant], classes: [DataClass], now: UTCInstant
  ) {
    self.versions = versions
    self.new = new
    self.entries = entries
    self.queries = queries
    self.participants = Dictionary(participants.map { ($0.key.text, $0) }) { first, _ in first }
    self.classes = Set(classes)
    self.now = now
    amended = versions.mapValues { AmendedFields(from: $0, to: new) }
    let others = versions.keys.sorted().compactMap { versions[$0] }
    readings = versions.mapValues { $0.joined(with: others) }
    reading = new.joined(with: others)
  }

  func findings() throws -> [AmendmentFinding] {
    let present = entries.filter { $0.entry.status != EntryStatus.voided.rawValue }
    let byParticipant = Dictionary(grouping: present, by: \.entry.participant)
    return try byParticipant.keys.sorted().flatMap { key in
      let own = byParticipant[key] ?? []
      let people = try AmendmentEntries(own.map(\.entry))
      return try own.flatMap { try findings(of: $0.entry, $0.dataClass, among: people) }
        + ownChecks(own)
    }
  }

  /// Deviations drafted by checks the program makes by itself, where the new version names others: what they
  /// read, such as windows and the order of visits, is not looked at here.
  private func ownChecks(
    _ own: [(dataClass: DataClass, entry: VersionedEntry)]
  ) -> [AmendmentFinding] {
    // Windows of treatment have checks of their own.
    let handedIn = own.filter {
      $0.dataClass <= .outcome && EntryStatus(rawValue: $0.entry.status)?.isSubmitted ?? false
    }
    guard let lowest = handedIn.min(by: { $0.dataClass < $1.dataClass }) else { return [] }
    var changed: [String: Set<String>] = [:]
    for version in Set(handedIn.map(\.entry.definition)) {
      changed.merge(amended[version]?.ownCodesChanged ?? [:]) { $0.union($1) }
    }
    return changed.sorted { $0.key < $1.key }.map { id, codes in
      AmendmentFinding(
        kind: .deviation, dataClass: lowest.dataClass, participant: lowest.entry.participant,
        site: lowest.entry.site, form: "", visit: "", number: 1, field: "",
        sentence: "\(id): is changed and drafted by \(codes.sorted().joined(separator: ", ")), "
          + "which is not looked for here; what it comes to cannot be told.")
    }
  }

  private func findings(
    of entry: VersionedEntry, _ dataClass: DataClass, among all: AmendmentEntries
  ) throws -> [AmendmentFinding] {
    let id = try FormID(parsing: entry.form)
    let visit = try VisitCode(parsing: entry.visit)
    guard let old = versions[entry.definition]?.form(id) else { return [] }
    func found(
      _ kind: AmendmentFinding.Kind, _ field: String, _ sentence: String
    ) -> AmendmentFinding {
      AmendmentFinding(
        kind: kind, dataClass: dataClass, participant: entry.participant, site: entry.site,
        form: entry.form, visit: entry.visit, number: entry.number, field: field,
        sentence: sentence)
    }
    let asked = queries.filter {
      $0.participant == entry.participant && $0.form == entry.form && $0.visit == entry.visit
        && $0.number == entry.number
    }
    guard let after = new.form(id), new.schedules(after, at: visit) else {
      let place =
        new.form(id) == nil ? "The form is no more." : "It is not filled at this visit any more."
      return [found(.entry, "", "\(place) It stays readable under version \(entry.definition).")]
        + asked.map { found(.query, $0.field, "The data query asks about what is no more.") }
    }
    guard let amended = amended[entry.definition],
      after != old || !asked.isEmpty || amended.isReadElsewhere(by: old)
        || amended.isReadElsewhere(by: after)
        || !amended.consequences(of: old, later: after).isEmpty
    else { return [] }
    let answers = try AnswerText.answers(entry.answers)
    guard let tried = try tried(answers, old, after, entry, visit, all) else { return [] }
    let ruled = rules(answers, tried)
    let readers = AmendedReaders(
      old: old, after: after, changes: amended,
      isThere: { isThere($0, old, after, entry, visit, all) }, isUntold: isUntold)
    // Nothing follows from what was not handed in.
    let follows =
      EntryStatus(rawValue: entry.status)?.isSubmitted ?? false
      ? AmendedConsequences(
        before: tried.before, later: tried.later, changes: amended, isThere: readers.isThere,
        isUntold: isUntold
      ).findings() : []
    return values(answers, old, after).map { found(.value, $0.field, $0.sentence) }
      + ruled.map { found($0.kind, $0.field, $0.sentence) }
      + readers.findings(beside: ruled).map { found($0.kind, $0.field, $0.sentence) }
      + follows.map { found($0.kind, $0.field, $0.sentence) }
      + asked.compactMap { query in
        (readers.sentence(about: query)
          ?? sentence(about: query, askedOn: id, entry.definition, amended))
          .map { found(.query, query.field, $0) }
      }
  }

  /// What becomes of a data query that a check of another form asks here, where it reads the most guarded
  /// class; nil where nothing does.
  private func sentence(
    about query: OpenQueryPlace, askedOn form: FormID, _ version: String, _ changes: AmendedFields
  ) -> String? {
    func meant(_ study: StudyDefinition) -> [(form: Form, check: EditCheck)] {
      study.forms.filter { $0.id != form }.flatMap { form in
        form.checks.filter { $0.code == query.rule && $0.isAskedElsewhere(than: form) }
          .map { (form, $0) }
      }
    }
    guard let before = versions[version].map(meant), !before.isEmpty else { return nil }
    let after = meant(new)
    if after.isEmpty { return "The field or the check it asks by is no more." }
    if before.map(\.check.condition) != after.map(\.check.condition) {
      return "The check it asks by is changed."
    }
    return after.contains { changes.isRead(by: $0.check.condition, of: $0.form) }
      ? "The check it asks by reads what the new version changes." : nil
  }

  /// Whether the participant has an entry that a reference reads and the new version changes: what the
  /// system knows beside entries is always there.
  private func isThere(
    _ reference: FieldReference, _ old: Form, _ after: Form, _ entry: VersionedEntry,
    _ visit: VisitCode, _ all: AmendmentEntries
  ) -> Bool {
    let name = reference.form?.text
    if name == StudyFact.formName || name == Population.formName { return true }
    return reading.sources(
      of: reference, for: after, at: visit, occurrence: entry.number, among: all.entries
    ).contains { source in
      all.definition(of: source).flatMap { amended[$0] }?.touches(reference, from: after.id)
        ?? false
    }
  }

  /// Whether what a reference reads is not read here: facts that hang on who asks or on an arm, the
  /// vault, and classes outside of the reader's.
  private func isUntold(_ reference: FieldReference) -> Bool {
    guard let name = reference.form else { return false }
    if name.text == StudyFact.formName {
      return StudyFact(rawValue: reference.field.text).map { !Self.told.contains($0) } ?? true
    }
    if name.text == Population.formName { return true }
    return reading.form(name).map { !classes.contains($0.dataClass) } ?? true
  }

  /// The facts that are told here: those that are the same whoever asks, and hang on no arm.
  private static let told = StudyFact.ofRandomization.union([
    .visit, .today, .consentedOn, .state, .consentVersions,
  ])

  private func facts(
    of entry: VersionedEntry, _ answers: [FieldID: FieldAnswer], _ form: Form, _ clock: SiteClock,
    under definition: StudyDefinition
  ) -> [StudyFact: FormulaValue] {
    var facts: [StudyFact: FormulaValue] = [
      .visit: .text(entry.visit), .today: .date(clock.date(at: now)),
    ]
    if let participant = participants[entry.participant] {
      facts[.consentedOn] = .date(clock.date(at: participant.consentedAt))
      facts.merge(participant.randomizationFacts) { $1 }
      facts[.state] = .text(participant.state)
    }
    let given = form.consentedAt(answers).map(clock.date) ?? answers.visitDate
    facts[.consentVersions] = (try? SiteKey(parsing: entry.site)).flatMap { definition.site($0) }?
      .approvedConsents(on: given ?? clock.date(at: now))
    return facts
  }

  private func values(
    _ answers: [FieldID: FieldAnswer], _ old: Form, _ after: Form
  ) -> [(field: String, sentence: String)] {
    old.fields.compactMap { field in
      guard let answer = answers[field.id] else { return nil }
      guard let later = after.field(field.id) else {
        return (field.id.text, "The field is no more; its value stays with the entry.")
      }
      guard !field.isCalculated, let text = answer.text else { return nil }
      do throws(ParseFault) {
        _ = try later.type.value(parsing: text)
        return nil
      } catch {
        return (field.id.text, "Its value would not be accepted any more.")
      }
    }
  }

  /// Both versions work on the same answers, so that a difference is one of the rules alone.
  private func tried(
    _ answers: [FieldID: FieldAnswer], _ old: Form, _ after: Form, _ entry: VersionedEntry,
    _ visit: VisitCode, _ all: AmendmentEntries
  ) throws -> (before: TriedEntry, later: TriedEntry)? {
    let clock = try new.clock(of: SiteKey(parsing: entry.site))
    var context = EntryContext(
      siteToday: clock.date(at: now), now: now,
      isSubmission: EntryStatus(rawValue: entry.status)?.isSubmitted ?? true,
      clocks: new.formulaClocks(at: clock))
    context.givenOn = entry.handedInOn
    func tried(_ form: Form, _ reading: StudyDefinition, of own: StudyDefinition) -> TriedEntry {
      context.elsewhere = reading.outsideValues(
        for: form, at: visit, occurrence: entry.number, among: all.entries, by: clock,
        facts: facts(of: entry, answers, form, clock, under: own),
        further: own.readElsewhere(by: form))
      let checked = checkedEntry(
        answers.filter { form.field($0.key)?.isCalculated == false }, in: form, context)
      return TriedEntry(
        study: own, form: form, checked: checked,
        environment: form.environment(
          of: checked.answers, elsewhere: context.elsewhere, clocks: context.clocks))
    }
    guard let then = versions[entry.definition], let reader = readings[entry.definition] else {
      return nil
    }
    return (tried(old, reader, of: then), tried(after, reading, of: new))
  }

  private func rules(
    _ answers: [FieldID: FieldAnswer], _ tried: (before: TriedEntry, later: TriedEntry)
  ) -> [AmendmentTouch] {
    let (old, after) = (tried.before.form, tried.later.form)
    let (before, later) = (tried.before.checked, tried.later.checked)
    let derived = after.fields.filter { field in
      field.isCalculated && old.field(field.id)?.isCalculated == true
        && before.answers[field.id] != later.answers[field.id]
    }
    let known = Set(before.faults.map { "\($0.code)@\($0.field?.text ?? "")" })
    let objections = later.faults.filter {
      $0.kind != .warning && !known.contains("\($0.code)@\($0.field?.text ?? "")")
        // A value that is not accepted is told as a value.
        && !($0.code == "EC-GEN-01" && $0.field.map { answers[$0] != nil } ?? true)
    }
    return derived.map {
      AmendmentTouch(
        kind: .derived, field: $0.id.text, sentence: "It would be worked out otherwise.")
    }
      + objections.map {
        AmendmentTouch(
          kind: .check, field: $0.field?.text ?? "", code: $0.code,
          sentence: $0.kind == .hard
            ? "\($0.code) would refuse the form as it stands."
            : "\($0.code) would open a data query.")
      }
  }
}
