import Conduct
import Pages
import Store
import StudyModel

/// The forms of one visit of a participant.
enum VisitPage {
  static func model(_ call: Call) async throws -> VisitModel {
    let actor = try call.actor
    let book = try await call.installation.casebook(of: try call.participant(), as: actor)
    let view = try CasebookView(book, actor, now: call.installation.clock.now, call.installation)
    let code = try call.visit()
    guard let visit = view.visits.first(where: { $0.code == code }) else {
      throw ActRefusal.notFound
    }
    let window = view.window(visit)
    return VisitModel(
      frame: call.site.frame(for: call),
      back: Link(text: view.key, href: "/participants/\(view.key)"), key: view.key,
      code: visit.code.text, name: visit.title, chip: view.chip(visit),
      window: window.isEmpty ? "" : "Window \(window)",
      forms: view.forms(at: visit).map { row($0, visit, view) }, links: links(visit, view))
  }

  private static func links(_ visit: Visit, _ view: CasebookView) -> [Link] {
    guard visit.targetDay == 0, view.actor.role.can(.randomize), !view.isRandomized else {
      return []
    }
    return [Link(text: "Randomize…", href: "/participants/\(view.key)/randomize")]
  }

  private static func row(_ form: Form, _ visit: Visit, _ view: CasebookView) -> VisitFormRow {
    let entry = view.entry(form, visit)
    let place = EntryPlace(view.book.participant.key, form.id, visit.code)
    let address = place.address()
    let isOpened = view.actor.opens(form) && !view.isRating(form) && !view.isQuestionnaire(form)
    let by = form.enteredBy.compactMap { view.definition.role($0)?.title }.joined(separator: ", ")
    return VisitFormRow(
      title: view.isRating(form) ? "Central rating (\(form.title))" : form.title,
      href: isOpened
        ? form.isRepeating && view.actor.lists(form)
          ? place.listAddress : address : "", by: by, chip: view.chip(form, visit),
      detail: [
        form.isRepeating
          ? nil : entry.map { Times.saved($0.enteredAt, view.zone, by: $0.author) },
        view.hasDraft(form, visit) ? "you have a draft" : nil,
      ].compactMap(\.self).joined(separator: "; "),
      act: act(form, visit, entry, address, view))
  }

  private static func act(
    _ form: Form, _ visit: Visit, _ entry: EntryState?, _ address: String, _ view: CasebookView
  ) -> Link? {
    let role = view.actor.role
    if view.isRating(form) {
      // One call has all instruments: it is booked and changed once, at the first of them.
      guard role.can(.scheduleRating),
        view.forms(at: visit).first(where: view.isRating)?.id == form.id
      else { return nil }
      let href = "/participants/\(view.key)/ratings/\(visit.code.text)"
      return switch view.status(form, visit)?.state {
      case nil: view.isOver ? nil : Link(text: "Book", href: href)
      case "booked": Link(text: "Change", href: href)
      default: nil
      }
    }
    if view.isQuestionnaire(form) {
      let state = view.status(form, visit)?.state
      let isOneMore = state == "submitted" && !form.isOfOneVisit
      guard role.can(.issueQuestionnaire), state != "submitted" || isOneMore else { return nil }
      return Link(
        text: state == nil || isOneMore ? "Make a link" : "Make a new link",
        href: "/participants/\(view.key)/questionnaires/\(form.id.text)/\(visit.code.text)")
    }
    if form.isRepeating {
      guard view.actor.writes(form), !view.isOver || form.visits.isEmpty else { return nil }
      return Link(
        text: "Add",
        href: EntryPlace(view.book.participant.key, form.id, visit.code, number: 0).address())
    }
    if let entry, entry.isSubmitted {
      guard EntryStatus.isSignable(entry.status), view.actor.signs(form)
      else { return nil }
      return Link(text: "Sign", href: address + "/sign")
    }
    guard view.actor.writes(form), !view.isOver || form.visits.isEmpty,
      view.status(form, visit)?.state != "submitted"
    else { return nil }
    let isBegun = entry != nil || view.hasDraft(form, visit)
    return Link(text: isBegun ? "Go on" : "Enter", href: address)
  }
}
