import Conduct
import Pages
import Pictures
import Store
import StudyModel

/// The windows of the outcome visits as a picture and as a table.
enum VisitTimeline {
  static func picture(_ view: CasebookView) -> TimelinePicture? {
    guard let day = view.day else { return nil }
    let rows = visits(view).map { visit, dates, state in
      TimelinePicture.Row(
        code: visit.code.text, firstDay: Double(visit.window?.lowerBound ?? 0),
        lastDay: Double(visit.window?.upperBound ?? 0), target: visit.targetDay.map(Double.init),
        state: state,
        label: isDone(state) ? "" : CasebookView.range(dates.window))
    }
    guard !rows.isEmpty else { return nil }
    let done = rows.count { isDone($0.state) }
    return TimelinePicture(
      finding: "\(done) of \(rows.count) outcome visits are done.",
      numbers: rows.map { "\($0.code) day \(Int($0.firstDay)) to \(Int($0.lastDay))" }
        .joined(separator: ", ") + ".",
      rows: rows,
      marks: [0, 30, 60, 90, 120, 150, 180, 210].map {
        TimelinePicture.Mark(
          day: $0, label: "day \(Int($0))", shortLabel: Int($0) % 60 == 0 ? "\(Int($0))" : "")
      }, today: Double(min(max(day, 0), 230)), todayLabel: "today")
  }

  static func table(_ view: CasebookView) -> DataTable? {
    guard view.isRandomized else { return nil }
    return DataTable(
      caption: "Outcome visits of \(view.key)",
      columns: ["Visit", "Name", "Window", "State"].map { DataColumn(title: $0) },
      rows: visits(view).map { visit, dates, _ in
        DataRow(cells: [
          visit.code.text, visit.title, CasebookView.range(dates.window), view.chip(visit).words,
        ])
      })
  }

  private static func visits(
    _ view: CasebookView
  ) -> [(Visit, VisitDates, TimelinePicture.State)] {
    // Of a visit of which the reader may know no form, nothing can be told.
    view.visitsByDay.filter { !view.expected($0).isEmpty }.compactMap { visit in
      view.dates(visit).map { (visit, $0, state(visit, $0, view)) }
    }
  }

  private static func state(
    _ visit: Visit, _ dates: VisitDates, _ view: CasebookView
  ) -> TimelinePicture.State {
    let statuses = view.book.collection.filter { $0.visit == visit.code.text }
    let planned = statuses.compactMap(\.plannedFor).min().map { instant in
      Double(view.clock.date(at: instant).days(since: dates.target) + (visit.targetDay ?? 0))
    }
    if statuses.contains(where: { $0.state == "submitted" }) {
      return .done(on: planned ?? Double(visit.targetDay ?? 0))
    }
    if let planned { return .booked(on: planned) }
    return dates.phase(on: view.today) == .past ? .missed : .toCome
  }

  private static func isDone(_ state: TimelinePicture.State) -> Bool {
    if case .done = state { true } else { false }
  }
}
