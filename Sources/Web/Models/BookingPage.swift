import Conduct
import Pages
import Store
import StudyModel

/// Booking a central rating: times only; the rater stays unknown to who books.
enum BookingPage {
  static func show(_ call: Call, faults: [Pages.Fault] = []) async throws -> RatingBookingModel {
    let actor = try call.actor
    let key = try call.participant()
    let book = try await call.installation.casebook(of: key, as: actor)
    let view = try CasebookView(book, actor, now: call.installation.clock.now, call.installation)
    guard let visit = actor.definition.visit(try call.visit()),
      let form = view.forms(at: visit).first(where: view.isRating)
    else { throw ActRefusal.notFound }
    let status = view.status(form, visit)
    let booking = try await call.installation.ratingBooking(of: key, at: visit.code, as: actor)
    let offer = try await call.installation.ratingOffer(for: key, at: visit.code, as: actor)
    let place = "/participants/\(view.key)/ratings/\(visit.code.text)"
    let mayMove = booking?.mayChange == true
    return RatingBookingModel(
      frame: call.site.frame(for: call),
      back: Link(
        text: "\(visit.code.text) of \(view.key)",
        href: "/participants/\(view.key)/visits/\(visit.code.text)"), key: view.key,
      visit: "\(visit.code.text) \(visit.title)",
      window: window(of: visit, view), zone: zoneName(offer.zone),
      days: days(offer, view.clock), selected: call.form["slot"] ?? "",
      booked: status.map { status in
        let time = status.plannedFor.map { " for \(Times.full($0, view.zone))" } ?? ""
        return "This rating is \(status.state)\(time)."
      } ?? "",
      languages: [
        Choice(code: "en", label: "English"), Choice(code: "de", label: "German"),
        Choice(code: "fr", label: "French"), Choice(code: "nl", label: "Dutch"),
      ], language: call.form["language"] ?? booking?.language ?? "en",
      form: call.target(mayMove ? place + "/move" : place),
      reason: mayMove ? reason("reason", "Why it is moved", call, faults) : nil,
      closed: status != nil && !mayMove
        ? "It has begun, or its time has come. Where nobody came and nothing was saved, it is moved or cancelled "
          + "from two hours after its time." : "",
      acts: (booking != nil && status?.state == "booked"
        ? [linking(place, booking?.callLink ?? "", call, faults)] : [])
        + (mayMove ? [cancelling(place, call, faults)] : []), faults: faults)
  }

  private static func reason(
    _ name: String, _ label: String, _ call: Call, _ faults: [Pages.Fault]
  ) -> EntryField {
    EntryField(
      name: name, label: label, control: .text(text: call.form[name] ?? "", maximum: 500),
      hint: "The audit trail keeps it. No name, no treatment.",
      fault: faults.first { $0.field == name }?.sentence ?? "")
  }

  private static func linking(
    _ place: String, _ link: String, _ call: Call, _ faults: [Pages.Fault]
  ) -> ActForm {
    ActForm(
      form: call.target(place + "/call-link"), button: "Save the link",
      whatHappens: [
        "The rater reads it beside the time, and nothing else of the participant. It belongs to this "
          + "booking: a rating that is moved takes a new one."
      ],
      fields: [
        EntryField(
          name: "call_link", label: "Where the call is joined",
          control: .text(text: call.form["call_link"] ?? link, maximum: CallLink.mostBytes),
          hint:
            "An address that begins with https:// and names neither participant, site nor visit.",
          isOptional: true, fault: faults.first { $0.field == "call_link" }?.sentence ?? "")
      ], authentication: .notNeeded, title: "The call")
  }

  private static func cancelling(
    _ place: String, _ call: Call, _ faults: [Pages.Fault]
  ) -> ActForm {
    ActForm(
      form: call.target(place + "/cancel"), button: "Cancel this rating",
      whatHappens: [
        "The rater finds it no more on the desk. Nobody is drawn again until it is booked anew, and "
          + "the times that are offered then are those that are offered now."
      ], fields: [reason("cancel_reason", "Why it is cancelled", call, faults)],
      authentication: .notNeeded, isDestructive: true, title: "Cancel it")
  }

  private static func window(of visit: Visit, _ view: CasebookView) -> String {
    let dates = view.window(visit)
    guard dates.isEmpty else {
      let isLate = view.dates(visit).map { $0.window.upperBound < view.today } ?? false
      return isLate ? dates + ", which is past: a rating now is late" : dates
    }
    guard let window = visit.window else { return "on any day" }
    return window.upperBound <= 0 ? "before randomization" : "after randomization"
  }

  private static func zoneName(_ zone: String) -> String {
    zone.split(separator: "/").last.map { $0.replacing("_", with: " ") + " time" } ?? zone
  }

  private static func days(_ offer: RatingOffer, _ clock: SiteClock) -> [SlotDay] {
    var days: [(date: CalendarDate, slots: [Choice])] = []
    for time in offer.times {
      let date = clock.date(at: time)
      if days.last?.date != date { days.append((date, [])) }
      days[days.count - 1].slots.append(
        Choice(code: time.description, label: Times.time(time, clock)))
    }
    return days.map { SlotDay(date: Times.weekday($0.date), slots: $0.slots) }
  }

  static func book(_ call: Call) async throws -> Answer {
    try await choose(call, note: "booked") { key, visit, slot in
      try await call.installation.bookRating(
        key, at: visit, startsAt: slot, language: call.form["language"] ?? "en",
        as: try call.actor)
    }
  }

  static func move(_ call: Call) async throws -> Answer {
    try await choose(call, note: "rating-moved") { key, visit, slot in
      try await call.installation.moveRating(
        key, at: visit, to: slot, language: call.form["language"] ?? "en",
        reason: call.form["reason"] ?? "", as: try call.actor)
    }
  }

  static func cancel(_ call: Call) async throws -> Answer {
    let (key, visit) = (try call.participant(), try call.visit())
    return try await act(call, note: "rating-cancelled", renaming: "cancel_reason") {
      try await call.installation.cancelRating(
        key, at: visit, reason: call.form["cancel_reason"] ?? "", as: try call.actor)
    }
  }

  static func link(_ call: Call) async throws -> Answer {
    let (key, visit) = (try call.participant(), try call.visit())
    return try await act(call, note: "call-link") {
      try await call.installation.giveCallLink(
        call.form["call_link"] ?? "", for: key, at: visit, as: try call.actor)
    }
  }

  /// Takes one of the times to book it, or to move a booking to it.
  private static func choose(
    _ call: Call, note: String,
    _ body: (ParticipantKey, VisitCode, UTCInstant) async throws -> Void
  ) async throws -> Answer {
    let (key, visit) = (try call.participant(), try call.visit())
    guard let slot = try? UTCInstant(parsing: call.form["slot"] ?? "") else {
      let fault = Pages.Fault(field: "slot", sentence: "Choose one of the times.")
      return .page(try await show(call, faults: [fault]).page(), status: 422)
    }
    return try await act(call, note: note) { try await body(key, visit, slot) }
  }

  /// Carries something out and shows the visit, or this page again with what stood against it.
  private static func act(
    _ call: Call, note: String, renaming field: String = "reason", _ body: () async throws -> Void
  ) async throws -> Answer {
    do {
      try await body()
    } catch ActRefusal.notNow(_, let sentence) {
      let fault = Pages.Fault(field: "slot", sentence: sentence)
      return .page(try await show(call, faults: [fault]).page(), status: 409)
    } catch ActRefusal.unchanged {
      let fault = Pages.Fault(field: "call_link", sentence: ActRefusal.unchanged.sentence)
      return .page(try await show(call, faults: [fault]).page(), status: 409)
    } catch ActRefusal.invalid(let faults) {
      let told = faults.map { fault in
        Pages.Fault(
          field: fault.field == "reason" ? field : fault.field ?? "", sentence: fault.sentence)
      }
      return .page(try await show(call, faults: told).page(), status: 422)
    }
    let (key, visit) = (try call.participant(), try call.visit())
    return .see("/participants/\(key.text)/visits/\(visit.text)?note=\(note)")
  }
}
