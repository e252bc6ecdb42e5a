import Conduct
import Pages
import Store
import StudyModel

/// One participant as the pages speak of it: states of forms and visits in words.
struct CasebookView {
  let book: Casebook
  let actor: Actor
  let zone: String
  let clock: SiteClock
  let now: UTCInstant
  let kinds: FormKinds

  /// False in lists, where only the states of ratings and questionnaires are at hand.
  let knowsEntries: Bool

  init(_ book: Casebook, _ actor: Actor, now: UTCInstant, _ installation: Installation) throws {
    let actor = book.definition.map(actor.under) ?? actor
    try self.init(book, actor, FormKinds(actor.definition, installation), now: now)
  }

  /// The same for an actor under the definition that holds for the participant.
  init(
    _ book: Casebook, _ actor: Actor, _ kinds: FormKinds, now: UTCInstant,
    knowsEntries: Bool = true
  ) throws {
    self.book = book
    self.knowsEntries = knowsEntries
    self.kinds = kinds
    self.actor = actor
    self.now = now
    clock = try actor.definition.clock(of: book.participant.site)
    zone = clock.zoneName
  }

  var definition: StudyDefinition { actor.definition }
  /// The visits this reader may know of.
  var visits: [Visit] {
    definition.visits(knownTo: actor.role).filter {
      $0.dataClass == .open || book.treatmentVisits.contains($0.code)
    }
  }
  var key: String { book.participant.key.text }
  var today: CalendarDate { clock.date(at: now) }
  var isRandomized: Bool { book.participant.randomizedAt != nil }
  var isOver: Bool {
    (ParticipantState(rawValue: book.participant.state)?.isEnd ?? false)
      || book.participant.withdrawalLevel == "W3" || book.participant.withdrawalLevel == "W4"
  }

  var day: Int? {
    book.participant.day0.map { StudyDay(of: today, randomizedOn: $0).number }
  }

  /// The dates of a visit once the day of randomization is known.
  func dates(_ visit: Visit) -> VisitDates? {
    guard let day0 = book.participant.day0, (visit.targetDay ?? 0) > 0 else { return nil }
    return visit.dates(randomizedOn: day0)
  }

  func window(_ visit: Visit) -> String {
    guard let dates = dates(visit) else { return "" }
    return Self.range(dates.window)
  }

  static func range(_ window: ClosedRange<CalendarDate>) -> String {
    let first = window.lowerBound.parts
    let last = window.upperBound.parts
    if first.year == last.year, first.month == last.month {
      return "\(first.day) to \(Times.date(window.upperBound))"
    }
    return "\(Times.date(window.lowerBound)) to \(Times.date(window.upperBound))"
  }

  // MARK: Forms

  func isRating(_ form: Form) -> Bool { kinds.ratings.contains(form.id) }

  func isQuestionnaire(_ form: Form) -> Bool { kinds.questionnaires.contains(form.id) }

  /// The forms of a visit whose state this reader may know.
  func forms(at visit: Visit) -> [Form] {
    let scheduled = definition.forms(at: visit.code)
    let all =
      definition.takesUnscheduledForms(visit) || scheduled.isEmpty && visit.targetDay == nil
      ? definition.forms.filter { $0.visits.isEmpty || $0.visits.contains(visit.code) } : scheduled
    return all.filter {
      ($0.id != kinds.blindingRecord || actor.writes($0)) && $0.subject == .participant
        && ($0.isWorkedOut ? actor.reads($0) : actor.knowsStatus(of: $0))
    }
  }

  /// Whether the site knows the state of an outcome form without its values.
  private func isCollected(_ form: Form) -> Bool { form.dataClass == .outcome }

  func entry(_ form: Form, _ visit: Visit) -> EntryState? {
    book.entries.first {
      $0.form == form.id && $0.visit == visit.code && $0.status != EntryStatus.voided.rawValue
    }
  }

  /// The state of a rating or questionnaire; a rating that was cancelled waits as before it was booked.
  func status(_ form: Form, _ visit: Visit) -> CollectionStatus? {
    book.collection.first {
      $0.form == form.id.text && $0.visit == visit.code.text && $0.state != "cancelled"
    }
  }

  /// The visits whose rating was cancelled and not booked again, as long as they can be kept.
  var withoutRating: [Visit] {
    guard !isOver else { return [] }
    let cancelled = Set(
      book.collection.filter { status in
        status.state == "cancelled" && kinds.ratings.contains { $0.text == status.form }
      }.map(\.visit))
    return visits.filter { visit in
      cancelled.contains(visit.code.text)
        && dates(visit).map { $0.phase(on: today) != .past } ?? true
    }
  }

  /// The bookings of ratings nothing was saved of, one a visit.
  var bookings: [CollectionStatus] {
    var seen: Set<String> = []
    return book.collection.filter { status in
      status.state == "booked" && kinds.ratings.contains { $0.text == status.form }
        && seen.insert(status.visit).inserted
    }
  }

  /// The visits whose call was booked for a time so long past that nobody can have come, and when.
  var unattended: [(visit: Visit, time: UTCInstant)] {
    bookings.compactMap { booking in
      guard let time = booking.plannedFor, RatingDesk.isPast(time, at: now),
        let visit = visits.first(where: { $0.code.text == booking.visit })
      else { return nil }
      return (visit, time)
    }
  }

  func isDone(_ form: Form, _ visit: Visit) -> Bool {
    entry(form, visit)?.isSubmitted == true || status(form, visit)?.state == "submitted"
  }

  func queries(_ form: Form, _ visit: Visit) -> Int {
    book.queries.count { $0.form == form.id.text && $0.visit == visit.code.text }
  }

  /// The repeats of a form at a visit that count.
  func repeats(_ form: Form, _ visit: Visit) -> Int {
    book.entries.count {
      $0.form == form.id && $0.visit == visit.code && $0.status != EntryStatus.voided.rawValue
    }
  }

  /// Whether the reader has a draft of a form there.
  func hasDraft(_ form: Form, _ visit: Visit) -> Bool {
    book.drafts.contains { $0.form == form.id.text && $0.visit == visit.code.text }
  }

  func chip(_ form: Form, _ visit: Visit) -> Chip {
    if form.isWorkedOut { return .state(.calm, "worked out") }
    let open = queries(form, visit)
    if open > 0 { return .query(open) }
    let repeats = form.isRepeating ? repeats(form, visit) : 0
    if repeats > 0 { return .state(.calm, repeats == 1 ? "1 entry" : "\(repeats) entries") }
    if let entry = entry(form, visit) { return Self.chip(status: entry.status) }
    if let status = status(form, visit) {
      switch status.state {
      case "booked":
        return .booked(status.plannedFor.map { Times.full($0, zone) } ?? "")
      case "issued": return .waiting("the participant")
      case "in_progress": return .inProgress
      case "submitted": return .submitted
      default: return .missed
      }
    }
    return waiting(visit)
  }

  static func chip(status: String) -> Chip {
    switch EntryStatus(rawValue: status) {
    case .inProgress: .inProgress
    case .submitted: .submitted
    case .queried: .query(1)
    case .answered: .answered
    case .verified: .verified
    case .signed: .signed
    case .frozen: .state(.off, "frozen")
    case .locked: .locked
    case .voided: .state(.off, "voided")
    case .due: .ready
    case .notDue, nil: .notDue
    }
  }

  /// The state of something at a visit that was not begun.
  func waiting(_ visit: Visit) -> Chip {
    if isOver { return .state(.off, "not asked any more") }
    guard let dates = dates(visit) else {
      guard (visit.targetDay ?? 0) <= 0 else { return .notDue }
      guard visit.targetDay != nil else { return .state(.off, "when needed") }
      return isRandomized ? .missed : .ready
    }
    switch dates.phase(on: today) {
    case .ahead: return .notDue
    case .open, .closing:
      let left = dates.window.upperBound.days(since: today)
      return left == 0 ? .dueToday : .due(daysLeft: left)
    case .past: return .overdue(days: today.days(since: dates.window.upperBound))
    }
  }

  // MARK: Visits

  func isBegun(_ visit: Visit) -> Bool {
    forms(at: visit).contains { entry($0, visit) != nil || status($0, visit) != nil }
  }

  /// Forms that must be there: a repeating one is filled as often as needed.
  func expected(_ visit: Visit) -> [Form] {
    forms(at: visit).filter {
      !$0.isRepeating && !$0.visits.isEmpty && !$0.isWorkedOut && $0.id != kinds.blindingRecord
    }
  }

  func open(_ visit: Visit) -> [Form] {
    expected(visit).filter { !isDone($0, visit) && (knowsEntries || isCollected($0)) }
  }

  func chip(_ visit: Visit) -> Chip {
    let expected = expected(visit)
    if !expected.isEmpty, expected.allSatisfy({ isDone($0, visit) }) { return .done }
    let waits = waiting(visit)
    if case .overdue = waits { return waits }
    return isBegun(visit) ? .inProgress : waits
  }

  /// One chip for several forms of a visit; nil where there is none of them.
  func chip(of forms: [Form], _ visit: Visit) -> Chip? {
    guard let first = forms.first else { return nil }
    if forms.count == 1 { return chip(first, visit) }
    let open = forms.reduce(0) { $0 + queries($1, visit) }
    if open > 0 { return .query(open) }
    let expected = forms.filter { !$0.isRepeating && !$0.isWorkedOut }
    if !expected.isEmpty, expected.allSatisfy({ isDone($0, visit) }) { return .submitted }
    let isBegun = forms.contains { entry($0, visit) != nil || status($0, visit) != nil }
    return isBegun ? .inProgress : waiting(visit)
  }

  var state: Chip { Self.chip(state: book.participant.state) }

  static func chip(state: String) -> Chip {
    switch ParticipantState(rawValue: state) {
    case .consented: .state(.calm, "consented")
    case .screening: .state(.calm, "in screening")
    case .eligible: .state(.good, "eligible")
    case .screenFailed: .state(.off, "screen failed")
    case .notRandomized: .state(.off, "not randomized")
    case .randomized: .state(.calm, "randomized")
    case .followed: .state(.calm, "in follow-up")
    case .completed: .state(.good, "completed")
    case .withdrawn: .state(.off, "withdrawn")
    case .lost: .state(.bad, "lost to follow-up")
    case .died: .state(.off, "died")
    case nil: .state(.off, state)
    }
  }

  /// The visits in order of day, those of one day in the order of the protocol.
  ///
  /// The visits of treatment stand among the others for who may know them. Visits without a day
  /// are last.
  var visitsByDay: [Visit] {
    visits.enumerated().sorted {
      (day(of: $0.element) ?? .max, $0.offset) < (day(of: $1.element) ?? .max, $1.offset)
    }.map(\.element)
  }

  /// The study day a visit is meant for; of a visit of treatment that follows another, the first
  /// it may have.
  private func day(of visit: Visit) -> Int? {
    if let day = visit.targetDay { return day }
    guard visit.dataClass > .open, let after = visit.after,
      let before = visits.first(where: { $0.code == after.visit }), before != visit
    else { return nil }
    return day(of: before).map { $0 + after.days.lowerBound }
  }

  /// Whether the last day of a visit has passed.
  private func isPast(_ visit: Visit) -> Bool {
    if let dates = dates(visit) { return dates.phase(on: today) == .past }
    guard let latest = visit.latestDay, let day0 = book.participant.day0 else { return false }
    return today > day0.advanced(by: latest)
  }

  /// The visit that comes next: the first not complete one, in order of day.
  var nextVisit: Visit? {
    guard !isOver else { return nil }
    return visitsByDay.first { visit in
      guard let day = day(of: visit) else { return false }
      guard isRandomized ? day > 0 : day < 0 else { return false }
      // What was not kept of an outcome visit is told; a visit of treatment cannot be made up for.
      return !open(visit).isEmpty
        && !(isPast(visit) && (isBegun(visit) || visit.dataClass > .open))
    }
  }
}
