import Conduct
import Foundation
import Pages
import StudyModel

/// From a draft to a randomization in force, by two people and public chance.
enum RandomizationSetUpPage {
  static func model(_ call: Call, faults: [Pages.Fault] = []) async throws
    -> RandomizationSetupModel
  {
    let actor = try call.actor
    let overview = try await call.installation.randomizationOverview(as: actor)
    return RandomizationSetupModel(
      frame: call.site.frame(for: call), chip: chip(overview.state), lead: lead(overview.state),
      facts: facts(actor), steps: steps(overview, call.site.zone(of: actor)),
      commitments: commitments(overview), act: act(overview, call, actor, faults), faults: faults)
  }

  private static func chip(_ state: RandomizationState) -> Chip {
    switch state {
    case .none: .state(.off, "not drafted")
    case .drafted: .waiting("the second person")
    case .approved: .waiting("public entropy")
    case .inForce: .state(.good, "in force")
    }
  }

  private static func lead(_ state: RandomizationState) -> String {
    switch state {
    case .none: "Nothing is drafted yet. The definition of the study holds the scheme."
    case .drafted: "The scheme is committed to. Another person approves it."
    case .approved:
      "The scheme is approved. Public entropy, unknown at the draft, brings it into force."
    case .inForce: "The randomization is in force. No list of allocations exists."
    }
  }

  private static func facts(_ actor: Actor) -> [Fact] {
    let plan = actor.definition.randomization
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
    return [
      StepRow(
        title: "Draft and commitment", state: state(0),
        detail: overview.draftedAt.map { "Drafted \(Times.full($0, zone))" } ?? ""),
      StepRow(title: "Approval by a second person", state: state(1)),
      StepRow(title: "Public entropy", state: state(2)),
      StepRow(title: "In force", state: rank == 3 ? .done : .waiting),
    ]
  }

  private static func commitments(_ overview: RandomizationOverview) -> [Fact] {
    guard !overview.ledger.isEmpty else { return [] }
    return [
      Fact(name: "Ledger", value: overview.ledger, isCode: true),
      Fact(name: "Public key of the ledger", value: overview.publicKey, isCode: true),
    ]
  }

  private static func act(
    _ overview: RandomizationOverview, _ call: Call, _ actor: Actor, _ faults: [Pages.Fault]
  ) -> ActForm? {
    func fault(_ field: String) -> String { faults.first { $0.field == field }?.sentence ?? "" }
    switch overview.state {
    case .none:
      guard actor.role.can(.draftRandomization) else { return nil }
      return ActForm(
        form: call.target("/randomization/draft"), button: "Draft the randomization",
        whatHappens: [
          "A secret seed is made and sealed. Its digest and the digest of the scheme are published."
        ],
        cannotBeUndone: "The scheme cannot be changed once it is committed to.",
        fields: [
          EntryField(
            name: "entropy_plan", label: "Where the public entropy will come from",
            control: .lines(text: call.form["entropy_plan"] ?? "", maximum: 300),
            hint:
              "A source and a day after today, such as a lottery draw or a public beacon round.",
            fault: fault("entropy_plan"))
        ], authentication: .notNeeded)
    case .drafted:
      guard actor.role.can(.approveRandomization), !overview.isOwnDraft else { return nil }
      return ActForm(
        form: call.target("/randomization/approve"), button: "Approve the randomization",
        whatHappens: ["You confirm the scheme as the second person."],
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
    case .inForce: return nil
    }
  }

  private static func again(
    _ call: Call, _ field: String, _ sentence: String
  ) async throws -> Answer {
    let fault = Pages.Fault(field: field, sentence: sentence)
    return .page(try await model(call, faults: [fault]).page(), status: 422)
  }

  static func draft(_ call: Call) async throws -> Answer {
    let plan = (call.form["entropy_plan"] ?? "").filter { !$0.isNewline }
    guard plan.count >= 3 else {
      return try await again(call, "entropy_plan", "Name the source of the public entropy.")
    }
    try await call.installation.draftRandomization(entropyPlan: plan, as: try call.actor)
    return .see("/randomization?note=drafted")
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
