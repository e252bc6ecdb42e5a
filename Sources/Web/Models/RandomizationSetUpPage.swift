import Conduct
import Foundation
import Pages
import StudyModel

/// From candidates to a randomization in force, by two people and public chance; later epochs the
/// same way.
enum RandomizationSetUpPage {
  static func model(_ call: Call, faults: [Pages.Fault] = []) async throws
    -> RandomizationSetupModel
  {
    let actor = try call.actor
    let overview = try await call.installation.randomizationOverview(as: actor)
    let drafts = try await call.installation.schemeDrafts(as: actor)
    let latest = try await call.installation.simulations(as: actor).last
    let zone = call.site.zone(of: actor)
    return RandomizationSetupModel(
      frame: call.site.frame(for: call), chip: chip(overview.state), lead: lead(overview),
      facts: try await facts(call, actor), steps: steps(overview, zone),
      candidates: drafts.map(row), candidateLinks: links(overview, drafts, latest, actor),
      progress: try latest.map { try SimulationPages(call).progress($0) },
      epochs: epochs(overview, zone), commitments: commitments(overview),
      act: act(overview, call, actor, faults), faults: faults)
  }

  private static func chip(_ state: RandomizationState) -> Chip {
    switch state {
    case .none: .state(.off, "not committed")
    case .drafted: .waiting("the second person")
    case .approved: .waiting("public entropy")
    case .inForce: .state(.good, "in force")
    }
  }

  private static func lead(_ overview: RandomizationOverview) -> String {
    let epoch = overview.epochs.last?.number ?? 0
    let stop = epoch > 1 ? " Until it is in force nobody is randomized." : ""
    switch overview.state {
    case .none:
      return "Nothing is committed to yet. Draft candidates, simulate them, commit to one."
    case .drafted:
      return "The scheme of epoch \(epoch) is committed to. Another person approves it." + stop
    case .approved:
      return "The scheme of epoch \(epoch) is approved. Public entropy, unknown at the "
        + "commitment, brings it into force." + stop
    case .inForce:
      return "Epoch \(epoch) is in force. No list of allocations exists. A new candidate begins "
        + "an amendment."
    }
  }

  private static func facts(_ call: Call, _ actor: Actor) async throws -> [Fact] {
    let plan = actor.definition.randomization
    if let scheme = try await call.installation.committedScheme(as: actor) {
      return SchemePages.facts(scheme)
        + [Fact(name: "Planned", value: String(plan.plannedTotal))]
    }
    let ratio = actor.definition.arms.map { String($0.ratio) }.joined(separator: " : ")
    return [
      Fact(name: "Arms", value: String(actor.definition.arms.count)),
      Fact(name: "Ratio", value: ratio),
      Fact(name: "Factors", value: plan.factors.map(\.title).joined(separator: ", ")),
      Fact(name: "Planned", value: String(plan.plannedTotal)),
      Fact(name: "Definition", value: "version \(actor.definition.version)"),
    ]
  }

  private static func steps(_ overview: RandomizationOverview, _ zone: String) -> [StepRow] {
    let rank = RandomizationState.allCases.firstIndex(of: overview.state) ?? 0
    func state(_ step: Int) -> StepState {
      rank > step ? .done : rank == step ? .current : .waiting
    }
    let latest = overview.epochs.last
    func time(_ instant: UTCInstant?) -> String {
      instant.map { Times.full($0, zone) } ?? ""
    }
    return [
      StepRow(
        title: "Simulation and commitment", state: state(0), detail: time(latest?.committedAt)),
      StepRow(title: "Approval by a second person", state: state(1)),
      StepRow(title: "Public entropy", state: state(2)),
      StepRow(
        title: "In force", state: rank == 3 ? .done : .waiting, detail: time(latest?.inForceAt)),
    ]
  }

  private static func row(_ draft: SchemeDraft) -> CandidateRow {
    CandidateRow(
      candidate: Link(
        text: "Candidate \(draft.number)", href: "/randomization/drafts/\(draft.number)"),
      method: draft.summary.method, ratio: draft.summary.ratio, chip: SchemePages.chip(draft),
      advisories: draft.summary.advice.isEmpty ? "nothing" : String(draft.summary.advice.count))
  }

  private static func links(
    _ overview: RandomizationOverview, _ drafts: [SchemeDraft], _ latest: SimulationState?,
    _ actor: Actor
  ) -> [Link] {
    guard actor.role.can(.draftRandomization) else { return [] }
    let isRunning = latest?.stage == .running || latest?.stage == .stopping
    return [Link(text: "Draft a candidate…", href: "/randomization/drafts")]
      + (drafts.isEmpty || isRunning
        ? [] : [Link(text: "Simulate the candidates…", href: "/randomization/simulation")])
  }

  private static func epochs(_ overview: RandomizationOverview, _ zone: String) -> DataTable? {
    guard !overview.epochs.isEmpty else { return nil }
    return DataTable(
      caption: "Schemes committed to",
      columns: ["Epoch", "Committed", "Second person", "In force", "Simulation"]
        .map { DataColumn(title: $0) },
      rows: overview.epochs.map { epoch in
        DataRow(cells: [
          String(epoch.number), Times.full(epoch.committedAt, zone),
          epoch.isApproved ? "approved" : "awaited",
          epoch.inForceAt.map { Times.full($0, zone) } ?? "not yet",
          epoch.simulation.map(String.init) ?? "",
        ])
      })
  }

  private static func commitments(_ overview: RandomizationOverview) -> [Fact] {
    guard !overview.ledger.isEmpty else { return [] }
    return [
      Fact(name: "Ledger", value: overview.ledger, isCode: true),
      Fact(name: "Public key of the ledger", value: overview.publicKey, isCode: true),
    ]
      + (overview.epochs.last?.simulation.map {
        [
          Fact(
            name: "Attached report", value: "Simulation \($0)",
            href: "/randomization/reports/\($0)")
        ]
      } ?? [])
  }

  private static func act(
    _ overview: RandomizationOverview, _ call: Call, _ actor: Actor, _ faults: [Pages.Fault]
  ) -> ActForm? {
    func fault(_ field: String) -> String { faults.first { $0.field == field }?.sentence ?? "" }
    switch overview.state {
    case .none, .inForce: return nil
    case .drafted:
      guard actor.role.can(.approveRandomization), !overview.isOwnDraft else { return nil }
      return ActForm(
        form: call.target("/randomization/approve"), button: "Approve the randomization",
        whatHappens: [
          "You confirm the scheme and its simulation as the second person.",
          "Without your approval it never comes into force; then another scheme is committed to.",
        ], cannotBeUndone: "An approval cannot be undone.",
        authentication: call.isFresh && faults.isEmpty ? .notNeeded : .password)
    case .approved:
      guard actor.role.can(.draftRandomization) else { return nil }
      return ActForm(
        form: call.target("/randomization/entropy"), button: "Record the public entropy",
        whatHappens: ["The value is mixed with the sealed seed. The randomization is in force."],
        cannotBeUndone: "The entropy is recorded once.",
        fields: [
          EntryField(
            name: "entropy", label: "Value in hexadecimal digits",
            control: .lines(text: call.form["entropy"] ?? "", maximum: 1024),
            hint: "At least 32 digits.", fault: fault("entropy")),
          EntryField(
            name: "source", label: "Source",
            control: .text(text: call.form["source"] ?? "", maximum: 200), fault: fault("source")),
        ], authentication: .notNeeded)
    }
  }

  private static func again(
    _ call: Call, _ field: String, _ sentence: String
  ) async throws -> Answer {
    let fault = Pages.Fault(field: field, sentence: sentence)
    return .page(try await model(call, faults: [fault]).page(), status: 422)
  }

  static func approve(_ call: Call) async throws -> Answer {
    do {
      try await call.installation.approveRandomization(as: try await call.freshActor())
    } catch ActRefusal.authenticationFailed {
      return try await again(call, "password", ActRefusal.authenticationFailed.sentence)
    } catch ActRefusal.authenticationStale {
      return try await again(call, "password", "Give your password to approve.")
    }
    return .see("/randomization?note=approved")
  }

  static func entropy(_ call: Call) async throws -> Answer {
    let digits = (call.form["entropy"] ?? "").filter { !$0.isWhitespace }
    guard let value = Hex.bytes(digits), value.count >= 16 else {
      return try await again(
        call, "entropy", "Public entropy has at least 32 hexadecimal digits, in pairs.")
    }
    let source = (call.form["source"] ?? "").trimmingCharacters(in: .whitespaces)
    guard source.count >= 3 else { return try await again(call, "source", "Name the source.") }
    try await call.installation.recordEntropy(value, source: source, as: try call.actor)
    return .see("/randomization?note=in-force")
  }
}
