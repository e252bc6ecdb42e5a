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
    let window = view.window(visit)
    let days = offered(view, visit)
    return RatingBookingModel(
      frame: call.site.frame(for: call),
      back: Link(
        text: "\(visit.code.text) of \(view.key)",
        href: "/participants/\(view.key)/visits/\(visit.code.text)"), key: view.key,
      visit: "\(visit.code.text) \(visit.title)",
      window: window.isEmpty ? "before randomization" : window, zone: zoneName(view.zone),
      days: days, selected: call.form["slot"] ?? "",
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

  private static func zoneName(_ zone: String) -> String {
    zone.split(separator: "/").last.map { $0.replacing("_", with: " ") + " time" } ?? zone
  }

  /// Now, and a few whole hours of the next days inside the window.
  private static func offered(_ view: CasebookView, _ visit: Visit) -> [SlotDay] {
    let window = view.dates(visit)?.window
    func isAllowed(_ instant: UTCInstant) -> Bool {
      window?.contains(view.clock.date(at: instant)) ?? true
    }
    var days: [SlotDay] = []
    for ahead in 0..<6 {
      let date = view.today.advanced(by: ahead)
      var slots: [Choice] = []
      if ahead == 0, isAllowed(view.now) {
        slots.append(Choice(code: view.now.description, label: "now"))
      }
      for hour in [9, 11, 14, 16] {
        guard let instant = instant(date, hour: hour, view.clock), instant > view.now,
          isAllowed(instant)
        else { continue }
        slots.append(
          Choice(code: instant.description, label: Times.clock(instant, view.zone)))
      }
      if !slots.isEmpty { days.append(SlotDay(date: Times.date(date), slots: slots)) }
    }
    return days
  }

  private static func instant(
    _ date: CalendarDate, hour: Int, _ clock: SiteClock
  ) -> UTCInstant? {
    let padded = (hour < 10 ? "0" : "") + String(hour)
    guard let asUTC = try? UTCInstant(parsing: "\(date)T\(padded):00:00Z") else { return nil }
    return asUTC.advanced(bySeconds: -Int64(clock.offsetSeconds(at: asUTC)))
  }

  static func book(_ call: Call) async throws -> Answer {
    let key = try call.participant()
    let visit = try call.visit()
    let now = call.installation.clock.now
    guard let slot = try? UTCInstant(parsing: call.form["slot"] ?? ""),
      slot.seconds(since: now) > -3600, slot.seconds(since: now) < 8 * 86_400
    else {
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
