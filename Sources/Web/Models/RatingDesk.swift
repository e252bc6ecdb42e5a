import Conduct
import Pages
import Store
import StudyModel

/// The rater's desk: tokens, times and languages, and the same shape for every task.
struct RatingDesk {
  private let call: Call
  private let actor: Actor

  init(_ call: Call) throws {
    self.call = call
    actor = try call.actor
  }

  func model() async throws -> RaterDeskModel {
    let tasks = try await call.installation.ratingTasks(as: actor)
    let now = call.installation.clock.now
    let today = Times.date(now, zone)
    let due = tasks.filter { Times.date($0.startsAt, zone) == today }
    let earlier = tasks.filter {
      Times.date($0.startsAt, zone) != today && $0.startsAt < now && $0.state != "recorded"
    }
    let later = tasks.filter { Times.date($0.startsAt, zone) != today && $0.startsAt > now }
    let next = tasks.first { $0.state == "booked" }
    return RaterDeskModel(
      frame: call.site.frame(for: call), date: today, zone: "those of the coordinating centre",
      next: next.map { shown($0, now) }, script: script, today: due.map { row($0, withDay: false) },
      unfinished: earlier.map { row($0, withDay: true) },
      empty: later.first.map { "The next rating is \(Times.full($0.startsAt, zone))." }
        ?? "No rating waits. New bookings appear here.")
  }

  private var zone: String { call.site.zone(of: actor) }
  var script: String { actor.definition.text("rating_script") ?? "" }

  private func instruments(_ task: RatingTask) -> String {
    task.forms.compactMap { name in
      (try? FormID(parsing: name)).flatMap { actor.definition.form($0)?.title }
    }.joined(separator: ", ")
  }

  private func shown(_ task: RatingTask, _ now: UTCInstant) -> RaterTask {
    let minutes = task.startsAt.seconds(since: now) / 60
    let wait: String
    switch minutes {
    case ..<0: wait = "since \(Times.clock(task.startsAt, zone))"
    case 0: wait = "now"
    case 1..<120: wait = "in \(minutes) minutes"
    default: wait = Times.full(task.startsAt, zone)
    }
    return RaterTask(
      token: task.token.text, time: Times.clock(task.startsAt, zone), startsIn: wait,
      language: Languages.name(task.language), instruments: instruments(task),
      minutes: "about 30 minutes",
      open: Link(text: "Open \(task.token.text)", href: "/desk/\(task.token.text)"))
  }

  private func row(_ task: RatingTask, withDay: Bool) -> RaterRow {
    let chip: Chip
    let act: String?
    switch task.state {
    case "submitted": (chip, act) = (.waiting("the blinding record"), "Give the record")
    case "recorded": (chip, act) = (.done, nil)
    default: (chip, act) = (.ready, "Open")
    }
    let href =
      task.state == "submitted" ? "/desk/\(task.token.text)/record" : "/desk/\(task.token.text)"
    return RaterRow(
      token: task.token.text, href: task.state == "recorded" ? "" : href,
      start: withDay ? Times.full(task.startsAt, zone) : Times.clock(task.startsAt, zone),
      language: Languages.name(task.language), instruments: instruments(task), chip: chip,
      act: act.map { Link(text: $0, href: href) })
  }
}

/// Languages of calls in words.
enum Languages {
  private static let names = [
    "en": "English", "de": "German", "nl": "Dutch", "da": "Danish", "fr": "French",
    "pt": "Portuguese", "es": "Spanish", "it": "Italian",
  ]

  static func name(_ code: String) -> String { names[code] ?? code }
}
