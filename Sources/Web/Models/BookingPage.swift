import Conduct
import Pages
import Store
import StudyModel

/// Booking a central rating: times only; the rater stays unknown to who books.
enum BookingPage {
  static func show(_ call: Call, faults: [Pages.Fault] = []) async throws -> RatingBookingModel {
    let actor = try call.actor
    let book = try await call.installation.casebook(of: try call.participant(), as: actor)
    let view = try CasebookView(book, actor, now: call.installation.clock.now, call.installation)
    guard let visit = actor.definition.visit(try call.visit()),
      view.forms(at: visit).contains(where: view.isRating)
    else { throw ActRefusal.notFound }
    let status = view.forms(at: visit).first(where: view.isRating)
      .flatMap { view.status($0, visit) }
    let offer = try await call.installation.ratingOffer(
      for: try call.participant(), at: visit.code, as: actor)
    return RatingBookingModel(
      frame: call.site.frame(for: call),
      back: Link(
        text: "\(visit.code.text) of \(view.key)",
        href: "/participants/\(view.key)/visits/\(visit.code.text)"), key: view.key,
      visit: "\(visit.code.text) \(visit.title)",
      window: window(of: visit, view), zone: zoneName(offer.zone),
      days: days(offer, view.clock), selected: call.form["slot"] ?? "",
      booked: status.map { status in
        let time = status.plannedFor.map { Times.full($0, view.zone) } ?? ""
        return "This rating is \(status.state) for \(time)."
      } ?? "",
      languages: [
        Choice(code: "en", label: "English"), Choice(code: "de", label: "German"),
        Choice(code: "fr", label: "French"), Choice(code: "nl", label: "Dutch"),
      ], language: call.form["language"] ?? "en",
      form: call.target("/participants/\(view.key)/ratings/\(visit.code.text)"), faults: faults)
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
    return days.map { SlotDay(date: Times.date($0.date), slots: $0.slots) }
  }

  static func book(_ call: Call) async throws -> Answer {
    let key = try call.participant()
    let visit = try call.visit()
    guard let slot = try? UTCInstant(parsing: call.form["slot"] ?? "") else {
      let fault = Pages.Fault(field: "slot", sentence: "Choose one of the times.")
      return .page(try await show(call, faults: [fault]).page(), status: 422)
    }
    do {
      try await call.installation.bookRating(
        key, at: visit, startsAt: slot, language: call.form["language"] ?? "en",
        as: try call.actor)
    } catch ActRefusal.notNow(_, let sentence) {
      let fault = Pages.Fault(field: "slot", sentence: sentence)
      return .page(try await show(call, faults: [fault]).page(), status: 409)
    }
    return .see("/participants/\(key.text)/visits/\(visit.text)?note=booked")
  }
}
