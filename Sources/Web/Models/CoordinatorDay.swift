import Conduct
import Pages
import Store
import StudyModel

/// The coordinator's day: what waits for the reader first, figures after.
enum CoordinatorDay {
  private struct Item {
    let rank: Int
    let row: WorkRow
  }

  static func model(_ call: Call) async throws -> CoordinatorHomeModel {
    let actor = try call.actor
    let day = try await call.installation.siteDay(as: actor)
    let now = call.installation.clock.now
    let zone = call.site.zone(of: actor)
    var work: [Item] = []
    var waiting: [WaitingRow] = []
    let books = ListedCasebooks(day, actor, call.installation)
    for participant in day.participants {
      let view = try books.view(of: participant)
      if view.isOver { continue }
      if let item = item(view) { work.append(item) }
      if actor.role.can(.scheduleRating) {
        work += view.withoutRating.map { unbooked($0, view) }
        work += view.unattended.map { unattended($0, view) }
      }
      waiting += waitingRows(view)
    }
    work += day.queries.map { query($0, now: now) }
    work += day.reconsents.filter { $0.doneAt == nil }.map(reconsent)
    work += try await offers(call, actor)
    // An alert stands before everything else, in the order of the times by which one must act.
    let alerts = try await AlertPages.work(call)
    let rows = work.sorted { ($0.rank, $0.row.key) < ($1.rank, $1.row.key) }.map(\.row)
    return CoordinatorHomeModel(
      frame: call.site.frame(for: call).counting(alerts.count, at: "/alerts"),
      date: date(now, zone), work: Array((alerts + rows).prefix(50)),
      waiting: Array(waiting.prefix(50)), figuresTitle: title(actor),
      figures: figures(day),
      newParticipant: actor.role.can(.consentParticipant)
        ? Link(text: "New participant", href: "/participants/new") : nil,
      // Where no letters are sent at all, the page of alerts says so.
      notice: call.installation.sendsLetters ? try await LetterWords.notice(call, actor) : "")
  }

  private static func title(_ actor: Actor) -> String {
    switch actor.sites {
    case .all: "All sites"
    case .site(let key): "Site \(key) \(actor.definition.site(key)?.title ?? "")"
    }
  }

  /// `Monday 14 September 2027`.
  static func date(_ now: UTCInstant, _ zone: String) -> String {
    guard let clock = try? SiteClock(zone: zone) else { return "" }
    let date = clock.date(at: now)
    let names = [
      "Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday",
    ]
    let months = [
      "January", "February", "March", "April", "May", "June", "July", "August", "September",
      "October", "November", "December",
    ]
    let parts = date.parts
    return "\(names[((date.daysSince1970 % 7) + 7) % 7]) "
      + "\(parts.day) \(months[parts.month - 1]) \(parts.year)"
  }

  /// The one thing to do for a participant, nil when nothing is due.
  private static func item(_ view: CasebookView) -> Item? {
    let href = "/participants/\(view.key)"
    func row(_ what: String, _ until: String, _ chip: Chip, _ act: Link) -> WorkRow {
      WorkRow(key: view.key, href: href, what: what, until: until, chip: chip, act: act)
    }
    if !view.isRandomized {
      guard view.book.participant.state == "eligible" else {
        guard ["consented", "screening"].contains(view.book.participant.state) else { return nil }
        return Item(
          rank: 4,
          row: row("Screening and baseline", "", .inProgress, Link(text: "Go on", href: href)))
      }
      return Item(
        rank: 2,
        row: row(
          "Randomize", "", .ready, Link(text: "Randomize…", href: href + "/randomize")))
    }
    guard let visit = view.nextVisit, let dates = view.dates(visit) else { return nil }
    let act = Link(
      text: "Open \(visit.code.text)", href: href + "/visits/\(visit.code.text)")
    let chip = view.chip(visit)
    switch dates.phase(on: view.today) {
    case .ahead: return nil
    case .past:
      return Item(
        rank: 0,
        row: row(
          "\(visit.code.text) not done",
          "closed \(Times.date(dates.window.upperBound))", view.waiting(visit), act))
    case .open, .closing:
      return Item(
        rank: 1,
        row: row("\(visit.code.text) \(visit.title)", view.window(visit), chip, act))
    }
  }

  /// A visit that lost its rating: nothing else would say so before its window opens.
  private static func unbooked(_ visit: Visit, _ view: CasebookView) -> Item {
    let code = visit.code.text
    return Item(
      rank: 1,
      row: WorkRow(
        key: view.key, href: "/participants/\(view.key)",
        what: "Rating of \(code) cancelled, none booked", until: view.window(visit),
        chip: .state(.due, "to be booked"),
        act: Link(
          text: "Book \(code)…", href: "/participants/\(view.key)/ratings/\(code)")))
  }

  /// A call whose time is long past without a rating: it is booked anew, or told to be late.
  private static func unattended(
    _ call: (visit: Visit, time: UTCInstant), _ view: CasebookView
  ) -> Item {
    let code = call.visit.code.text
    return Item(
      rank: 0,
      row: WorkRow(
        key: view.key, href: "/participants/\(view.key)", what: "No rating of \(code)",
        detail: "The call was booked for \(Times.full(call.time, view.zone)). "
          + "If nobody came, book it again.", until: view.window(call.visit),
        chip: .state(.bad, "no rating came"),
        act: Link(
          text: "Book \(code) again…", href: "/participants/\(view.key)/ratings/\(code)")))
  }

  /// One row a booking, whatever the number of its instruments, and one a questionnaire.
  private static func waitingRows(_ view: CasebookView) -> [WaitingRow] {
    let href = "/participants/\(view.key)"
    // Who books again is told of it as work.
    let late = Set(
      view.actor.role.can(.scheduleRating) ? view.unattended.map(\.visit.code.text) : [])
    let bookings = view.bookings.filter { !late.contains($0.visit) }.map { booking in
      WaitingRow(
        key: view.key, href: href, what: "Central rating, \(booking.visit)",
        waitsFor: "the rater",
        chip: .booked(booking.plannedFor.map { Times.full($0, view.zone) } ?? ""))
    }
    return bookings
      + view.book.collection.compactMap { status in
        switch status.state {
        case "issued":
          return WaitingRow(
            key: view.key, href: href, what: "Questionnaire, \(status.visit)",
            waitsFor: "the participant", chip: standing(status, view))
        default: return nil
        }
      }
  }

  private static func standing(_ status: CollectionStatus, _ view: CasebookView) -> Chip {
    switch view.definition.questionnaires?.standing(sentAt: status.since, now: view.now) {
    case .sent, nil: .state(.calm, "link made")
    case .reminderDue(let hours): .state(.due, "remind: \(hours) hours passed")
    case .lapsed: .state(.bad, "link lapsed, make a new one")
    }
  }

  /// Participants that other sites ask this one to take over.
  private static func offers(_ call: Call, _ actor: Actor) async throws -> [Item] {
    guard actor.role.can(.consentParticipant), case .site(let own) = actor.sites else { return [] }
    return try await call.installation.transfers(as: actor)
      .filter { $0.decision == nil && $0.to == own }.map { offer in
        let href = "/participants/\(offer.participant.text)/transfer"
        return Item(
          rank: 1,
          row: WorkRow(
            key: offer.participant.text, href: href, what: "Offered by site \(offer.from)",
            until: "", chip: .state(.due, "to be decided"),
            act: Link(text: "Decide…", href: href)))
      }
  }

  private static func reconsent(_ task: StoredReconsentTask) -> Item {
    Item(
      rank: 1,
      row: WorkRow(
        key: task.participant, href: "/participants/\(task.participant)",
        what: "Ask for consent again, version \(task.consentVersion)",
        until: "from \(Times.date(task.dueFrom))", chip: .state(.due, "to be asked"),
        act: Link(text: "Consent again…", href: "/reconsent", context: task.participant)))
  }

  private static func query(_ query: StoredQuery, now: UTCInstant) -> Item {
    let days = max(0, Int(now.seconds(since: query.openedAt) / 86_400))
    return Item(
      rank: 3,
      row: WorkRow(
        key: query.participant, href: "/participants/\(query.participant)",
        what: "Query, \(query.form) \(query.visit)", detail: query.text, until: "",
        chip: .state(days > 30 ? .bad : .due, days == 0 ? "since today" : "since \(days) days"),
        act: Link(text: "Answer", href: "/queries/\(query.number)")))
  }

  private static func figures(_ day: SiteDay) -> [Figure] {
    let randomized = day.participants.count { $0.randomizedAt != nil }
    let screening = day.participants.count {
      $0.state == "screening" || $0.state == "consented" || $0.state == "eligible"
    }
    return [
      Figure(
        name: "Randomized", value: String(randomized),
        rest: "of \(day.participants.count) consented",
        href: "/participants"),
      Figure(
        name: "In screening", value: String(screening), href: "/participants?state=screening"),
      Figure(name: "Open queries", value: String(day.queries.count), href: "/queries"),
    ]
  }
}
