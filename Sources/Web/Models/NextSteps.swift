import Conduct
import Pages
import Store
import StudyModel

/// What is to be done next for a participant, by the role that reads.
enum NextSteps {
  static func step(_ view: CasebookView) -> NextStep? {
    guard !view.isOver else { return nil }
    if let signature = signature(view) { return signature }
    let state = view.book.participant.state
    if state == "eligible", !view.isRandomized { return beforeRandomization(view) }
    guard let visit = view.nextVisit else { return nil }
    let open = view.open(visit).count
    let window = view.window(visit)
    return NextStep(
      what: "\(visit.code.text) \(visit.title)",
      rest: (window.isEmpty ? "" : "\(window), ")
        + (open == 1 ? "1 form open" : "\(open) forms open"),
      act: Link(
        text: "Open \(visit.code.text)",
        href: "/participants/\(view.key)/visits/\(visit.code.text)"))
  }

  private static func signature(_ view: CasebookView) -> NextStep? {
    guard view.actor.role.can(.signForms) else { return nil }
    let waiting = view.book.entries.first { entry in
      entry.isSubmitted && entry.status != EntryStatus.verified.rawValue
        && EntryStatus.isSignable(entry.status)
        && view.definition.form(entry.form).map { view.actor.signs($0) } == true
    }
    guard let waiting, let form = view.definition.form(waiting.form) else { return nil }
    return NextStep(
      what: "\(form.title) waits for your signature", rest: "\(waiting.visit.text)",
      act: Link(
        text: "Sign \(form.title)",
        href: EntryPlace(
          view.book.participant.key, form.id, waiting.visit, number: waiting.number
        ).address("sign")))
  }

  private static func beforeRandomization(_ view: CasebookView) -> NextStep? {
    let baseline = view.definition.visits.filter { ($0.targetDay ?? 0) < 0 }
      .last.map { ($0, view.open($0).count) }
    if view.actor.role.can(.randomize) {
      if let (visit, open) = baseline, open > 0 {
        return NextStep(
          what: "\(visit.code.text) \(visit.title)",
          rest: open == 1 ? "1 form open" : "\(open) forms open",
          act: Link(
            text: "Open \(visit.code.text)",
            href: "/participants/\(view.key)/visits/\(visit.code.text)"))
      }
      return NextStep(
        what: "Randomize", rest: "the preconditions are listed on the page",
        act: Link(text: "Randomize…", href: "/participants/\(view.key)/randomize"))
    }
    guard let day0 = view.definition.visits.first(where: { $0.targetDay == 0 }) else { return nil }
    let own = view.open(day0).filter { view.actor.writes($0) }
    guard let form = own.first else { return nil }
    return NextStep(
      what: form.title, rest: "before the randomization",
      act: Link(
        text: form.title,
        href: "/participants/\(view.key)/forms/\(form.id.text)/\(day0.code.text)"))
  }
}
