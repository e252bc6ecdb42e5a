import Conduct
import Pages
import Store
import StudyModel

/// Notices of emergency unblindings for those who are told that they happened.
enum NoticePages {
  static func list(_ call: Call) async throws -> NoticesModel {
    let actor = try call.actor
    let found = try await call.installation.unblindingNotices(as: actor)
    return NoticesModel(
      frame: call.site.frame(for: call),
      rows: found.map { notice in
        NoticeRow(
          key: notice.participant.text, time: time(notice, call, actor),
          chip: notice.readAt == nil ? .state(.due, "not read yet") : .state(.good, "read"),
          act: notice.readAt == nil
            ? Link(
              text: "Read…", href: "/notices/\(notice.name)", context: notice.participant.text)
            : nil)
      })
  }

  static func one(_ call: Call) async throws -> ActPageModel {
    let actor = try call.actor
    let found = try await call.installation.unblindingNotices(as: actor)
      .first { $0.name == call.parameter("notice") }
    guard let found else { throw ActRefusal.notFound }
    return ActPageModel(
      frame: call.site.frame(for: call), back: Link(text: "Notices", href: "/notices"),
      title: "Emergency unblinding, \(found.participant)",
      lead: "The allocation of this participant was opened by the on-call physician.",
      facts: [
        Fact(name: "Participant", value: found.participant.text),
        Fact(name: "Opened", value: time(found, call, actor)),
      ],
      act: found.readAt == nil
        ? ActForm(
          form: call.target("/notices/\(found.name)/read"), button: "I have read this",
          whatHappens: ["That you read it is recorded with name and time. The arm stands nowhere."],
          authentication: .notNeeded) : nil)
  }

  static func read(_ call: Call) async throws -> Answer {
    try await call.installation.readUnblindingNotice(
      call.parameter("notice"), as: try call.actor)
    return .see("/notices?note=notice-read")
  }

  private static func time(_ notice: UnblindingNotice, _ call: Call, _ actor: Actor) -> String {
    let site = try? SiteKey(parsing: notice.participant.siteText)
    let zone = site.flatMap(actor.definition.site)?.timeZone ?? call.site.zone(of: actor)
    return Times.full(notice.openedAt, zone)
  }
}
