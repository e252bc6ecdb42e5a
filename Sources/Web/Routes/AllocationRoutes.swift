import Conduct
import Pages
import Store
import StudyModel

/// The treatment team's pages: the only ones of a site on which an arm may stand.
enum AllocationRoutes {
  static let all: [Route] = [
    .page("/allocations", .anyOf([.acknowledgeAllocation]), "Allocations to read.") { call in
      .page(try await list(call).page())
    },
    .page(
      "/allocations/{participant}/acknowledge", .anyOf([.acknowledgeAllocation]),
      "The page before an allocation is shown."
    ) { call in try await before(call) },
    .act(
      "/allocations/{participant}/acknowledge", .anyOf([.acknowledgeAllocation]),
      "Acknowledges an allocation and shows it once.", reveal
    ).once(.keyedUnkept),
    .act(
      "/allocations/{participant}/done", .anyOf([.acknowledgeAllocation]),
      "Leaves the page that showed an allocation."
    ) { _ in .see("/allocations?note=read") }.once(.notKeyed),
    .page(
      "/allocations/{participant}", .anyOf([.readAllocation]),
      "The allocation in the treatment file."
    ) { call in .page(try await treatmentFile(call).page()) },
  ]

  private static func list(_ call: Call) async throws -> AcknowledgementListModel {
    let actor = try call.actor
    let zone = call.site.zone(of: actor)
    let now = call.installation.clock.now
    let hours = actor.definition.randomization.acknowledgeWithinHours
    let found = try await call.installation.allocations(includingAcknowledged: true, as: actor)
    return AcknowledgementListModel(
      frame: call.site.frame(for: call),
      rows: found.filter { $0.acknowledgedAt == nil }
        .sorted { $0.randomizedAt < $1.randomizedAt }
        .map { pending in
          AcknowledgementRow(
            key: pending.participant.text, number: "R-\(pending.number)",
            requested: Times.full(pending.randomizedAt, zone),
            chip: waits(pending, now: now, hours: hours),
            act: Link(
              text: "Read…", href: "/allocations/\(pending.participant.text)/acknowledge"))
        }, limit: "Each allocation is read within \(hours) hours.",
      read: found.compactMap { known in
        known.acknowledgedAt.map { at in
          DataRow(cells: [
            known.participant.text, "R-\(known.number)", Times.full(at, zone),
          ])
        }
      })
  }

  private static func waits(_ pending: PendingAllocation, now: UTCInstant, hours: Int) -> Chip {
    let minutes = max(0, Int(now.seconds(since: pending.randomizedAt) / 60))
    let words =
      minutes < 120 ? "since \(minutes) min" : "since \(minutes / 60) hours"
    return .state(minutes > hours * 60 ? .bad : .due, words)
  }

  private static let back = Link(text: "Allocations", href: "/allocations")

  private static func before(
    _ call: Call, faults: [Pages.Fault] = []
  ) async throws -> Answer {
    let actor = try call.actor
    let key = try call.participant()
    let known = try await call.installation.allocation(of: key, as: actor)
    let zone = call.site.zone(of: actor)
    if let at = known.acknowledgedAt { return .page(read(call, known, at, zone).page()) }
    let model = AcknowledgeModel(
      frame: call.site.frame(for: call), back: back, key: key.text, number: "R-\(known.number)",
      requestedBy: "the coordinator of the site",
      requestedAt: Times.full(known.randomizedAt, zone),
      form: call.target("/allocations/\(key.text)/acknowledge"),
      authentication: call.isFresh && faults.isEmpty ? .notNeeded : .password, faults: faults)
    return .page(model.page(), status: faults.isEmpty ? 200 : 422)
  }

  private static func read(
    _ call: Call, _ known: PendingAllocation, _ at: UTCInstant, _ zone: String
  ) -> AlreadyReadModel {
    AlreadyReadModel(
      frame: call.site.frame(for: call), back: back, key: known.participant.text,
      number: "R-\(known.number)", read: Times.full(at, zone),
      treatmentFile: Link(
        text: "treatment file", href: "/allocations/\(known.participant.text)"))
  }

  /// Answered directly and kept nowhere: the next request of the same page says "already read".
  private static func reveal(_ call: Call) async throws -> Answer {
    let key = try call.participant()
    let actor: Actor
    do {
      actor = try await call.freshActor()
    } catch ActRefusal.authenticationFailed {
      return try await before(
        call,
        faults: [
          Pages.Fault(field: "password", sentence: ActRefusal.authenticationFailed.sentence)
        ])
    }
    let known = try await call.installation.allocation(of: key, as: actor)
    guard known.acknowledgedAt == nil else { return try await before(call) }
    guard call.form["compared"] == "Y" else {
      return try await before(
        call,
        faults: [
          Pages.Fault(
            field: "compared", sentence: "Compare key and number with the paper, and say so.")
        ])
    }
    let zone = call.site.zone(of: actor)
    do {
      let shown = try await call.installation.acknowledge(key, as: actor)
      let model = RevealModel(
        frame: call.site.frame(for: call), key: key.text, number: "R-\(shown.number)",
        shown: Times.full(shown.acknowledgedAt, zone), armName: shown.arm.title,
        armDetail: "Arm \(shown.arm.code)", requested: Times.full(known.randomizedAt, zone),
        firstTreatment: try firstTreatment(known.randomizedAt, zone),
        form: call.target("/allocations/\(key.text)/done"))
      return .page(model.page())
    } catch ActRefusal.authenticationStale {
      return try await before(
        call,
        faults: [Pages.Fault(field: "password", sentence: "Give your password to read it.")])
    }
  }

  private static func firstTreatment(_ at: UTCInstant, _ zone: String) throws -> String {
    let day0 = try SiteClock(zone: zone).date(at: at)
    return CasebookView.range(day0.advanced(by: 3)...day0.advanced(by: 7))
  }

  private static func treatmentFile(_ call: Call) async throws -> ActPageModel {
    let actor = try call.actor
    let shown = try await call.installation.readArm(of: try call.participant(), as: actor)
    let zone = call.site.zone(of: actor)
    return ActPageModel(
      frame: call.site.frame(for: call),
      back: actor.role.can(.acknowledgeAllocation) ? back : Link(text: "Home", href: "/"),
      title: "Treatment file, \(shown.participant.text)",
      notice: "Only the treatment team may know this. Your reading is recorded.",
      facts: [
        Fact(name: "Allocated to", value: "\(shown.arm.title) (\(shown.arm.code))"),
        Fact(name: "Randomization number", value: "R-\(shown.number)"),
        Fact(name: "Acknowledged", value: Times.full(shown.acknowledgedAt, zone)),
      ])
  }
}
