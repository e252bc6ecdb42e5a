import Conduct
import Pages
import Store
import StudyModel

/// Where a person begins: the day of the site, or the section of the role that matters most.
enum HomePage {
  static func answer(_ call: Call) async throws -> Answer {
    if call.lacksPasskey { return .see("/account") }
    let actor = try call.actor
    let role = actor.role
    if role.can(.consentParticipant) {
      return .page(try await CoordinatorDay.model(call).page())
    }
    // Who is told of an emergency meets it first, until it is read.
    if role.can(.readUnblindingNotices),
      try await call.installation.unblindingNotices(as: actor).contains(where: { $0.readAt == nil })
    {
      return .see("/notices")
    }
    let alerts = try await AlertPages.work(call)
    if !alerts.isEmpty { return .page(urgent(alerts, call, actor).page()) }
    let section = Sections.all(of: actor).first { $0.href != "/" }
    if role.can(.rate) { return .see("/desk") }
    if role.can(.acknowledgeAllocation), !role.can(.signForms) { return .see("/allocations") }
    if let section { return .see(section.href) }
    return .page(nothing(call, actor).page())
  }

  /// An alert comes before every section, for who acts and for who must know.
  private static func urgent(_ alerts: [WorkRow], _ call: Call, _ actor: Actor) -> WorkHomeModel {
    WorkHomeModel(
      frame: call.site.frame(for: call).counting(alerts.count, at: "/alerts"),
      title: CoordinatorDay.date(call.installation.clock.now, call.site.zone(of: actor)),
      work: alerts,
      sections: Sections.all(of: actor).filter { $0.href != "/" }.map {
        SectionRow(link: Link(text: $0.title, href: $0.href), purpose: $0.purpose)
      })
  }

  /// A role whose work is done outside the server's pages.
  private static func nothing(_ call: Call, _ actor: Actor) -> ActPageModel {
    ActPageModel(
      frame: call.site.frame(for: call), back: Link(text: "Sign-in page", href: "/sign-in"),
      title: actor.role.title, lead: actor.role.purpose,
      notice: "This role has no page of its own here yet.")
  }
}
