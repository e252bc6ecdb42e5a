import Conduct
import Foundation
import Pages
import StudyModel

/// Drafting a candidate scheme, looking at it, withdrawing it and committing to it.
struct SchemePages {
  private let call: Call
  private let actor: Actor

  init(_ call: Call) throws {
    self.call = call
    actor = try call.actor
  }

  private var back: Link { Link(text: "Randomization", href: "/randomization") }

  private func number() throws(ActRefusal) -> Int {
    guard let number = Int(call.parameter("number")) else { throw .notFound }
    return number
  }

  private func draft() async throws -> SchemeDraft {
    let number = try number()
    let drafts = try await call.installation.schemeDrafts(as: actor)
    guard let draft = drafts.first(where: { $0.number == number }) else {
      throw ActRefusal.notFound
    }
    return draft
  }

  // MARK: Drafting

  /// The page that asks for a candidate; with `from` it starts from the text of another.
  func form(faults: [Pages.Fault] = []) async throws -> ActPageModel {
    var text = call.form["scheme"] ?? ""
    if text.isEmpty, let from = call.query["from"].flatMap({ Int($0) }) {
      let drafts = try await call.installation.schemeDrafts(as: actor)
      text = drafts.first { $0.number == from }?.summary.text ?? ""
    }
    let sentences = faults.filter { $0.field != "source" }.map(\.sentence)
    return ActPageModel(
      frame: call.site.frame(for: call), back: back, title: "Draft a candidate scheme",
      lead: "Nothing is committed to: candidates are simulated side by side first.",
      act: ActForm(
        form: call.target("/randomization/drafts"), button: "Keep as a candidate",
        whatHappens: ["The candidate is checked and kept sealed. It can be withdrawn."],
        fields: [
          EntryField(
            name: "source", label: "Start from",
            control: .code(
              choices: Self.choices, selected: call.form["source"] ?? (text.isEmpty ? "" : "json")),
            fault: faults.first { $0.field == "source" }?.sentence ?? ""),
          EntryField(
            name: "scheme", label: "Scheme as JSON",
            control: .lines(text: text, maximum: 100_000),
            hint: "Read only where “the text below” is chosen. Version, ledger and epoch may be "
              + "left out.", isOptional: true, fault: sentences.joined(separator: " ")),
        ], authentication: .notNeeded),
      faults: faults.map {
        $0.field == "source" ? $0 : Pages.Fault(field: "scheme", sentence: $0.sentence)
      })
  }

  private static let choices =
    [Choice(code: "definition", label: "The scheme of the study's definition")]
    + SchemeSuggestion.allCases.map { Choice(code: $0.rawValue, label: $0.title) }
    + [Choice(code: "json", label: "The text below")]

  /// Keeps the candidate the form describes.
  func keep() async throws -> String {
    let source: SchemeSource
    switch call.form["source"] ?? "" {
    case "definition": source = .definition
    case "json": source = .json(Array((call.form["scheme"] ?? "").utf8))
    case let name:
      guard let suggestion = SchemeSuggestion(rawValue: name) else {
        throw ActRefusal.invalid([
          Conduct.Fault(
            field: "source", code: "not_chosen",
            sentence: "Choose what the candidate starts from. Nothing was drafted.")
        ])
      }
      source = .suggestion(suggestion)
    }
    let number = try await call.installation.draftScheme(source, as: actor)
    return "/randomization/drafts/\(number)?note=candidate"
  }

  // MARK: One candidate

  /// The page of one candidate.
  func page(faults: [Pages.Fault] = []) async throws -> SchemeCandidateModel {
    let draft = try await draft()
    let drafts = actor.role.can(.draftRandomization)
    let href = "/randomization/drafts/\(draft.number)"
    let context = "candidate \(draft.number)"
    var links: [Link] = []
    if drafts {
      if draft.simulation != nil {
        links.append(Link(text: "Commit to it…", href: href + "/commit", context: context))
      } else {
        links.append(
          Link(
            text: "Simulate the candidates…", href: "/randomization/simulation", context: context))
      }
      links.append(
        Link(
          text: "Draft another from its text…",
          href: "/randomization/drafts?from=\(draft.number)", context: context))
    }
    if let simulation = draft.simulation {
      links.append(
        Link(
          text: "Read its simulation", href: "/randomization/reports/\(simulation)",
          context: context))
    }
    return SchemeCandidateModel(
      frame: call.site.frame(for: call), back: back, title: "Candidate \(draft.number)",
      lead: draft.summary.method, chip: Self.chip(draft), facts: Self.facts(draft.summary),
      advisories: draft.summary.advice.map(\.sentence), differences: draft.differences,
      isAmendment: draft.isAmendment, links: links,
      withdraw: drafts ? call.target(href + "/withdraw") : nil, faults: faults)
  }

  static func chip(_ draft: SchemeDraft) -> Chip {
    draft.simulation == nil ? .state(.calm, "not simulated") : .state(.good, "simulated")
  }

  static func facts(_ summary: SchemeSummary) -> [Fact] {
    summary.parts.map { Fact(name: $0.name, value: $0.value) }
  }

  /// Withdraws the candidate.
  func withdraw() async throws -> String {
    try await call.installation.withdrawDraft(try number(), as: actor)
    return "/randomization?note=withdrawn"
  }

  // MARK: Commitment

  /// The page before a commitment.
  func commitment(faults: [Pages.Fault] = []) async throws -> ActPageModel {
    let draft = try await draft()
    func fault(_ field: String) -> String { faults.first { $0.field == field }?.sentence ?? "" }
    let epoch = draft.summary.epoch
    let opens = try await call.installation.randomizationOverview(as: actor).ledger.isEmpty
    return ActPageModel(
      frame: call.site.frame(for: call),
      back: Link(
        text: "Candidate \(draft.number)", href: "/randomization/drafts/\(draft.number)"),
      title: "Commit to candidate \(draft.number)", lead: draft.summary.method,
      notice: draft.isAmendment
        ? "From the commitment until the public entropy is recorded nobody can be randomized." : "",
      facts: [
        Fact(name: "Epoch", value: String(epoch)),
        Fact(name: "Attached simulation", value: draft.simulation.map(String.init) ?? "none"),
        Fact(name: "To weigh", value: draft.summary.advice.map(\.code).joined(separator: ", ")),
      ].filter { !$0.value.isEmpty },
      act: ActForm(
        form: call.target("/randomization/drafts/\(draft.number)/commit"),
        button: "Commit to candidate \(draft.number)",
        whatHappens: [
          opens
            ? "A secret seed is made and sealed. Its digest and the digest of the scheme are published."
            : "The digest of the scheme is published as epoch \(epoch) of the ledger.",
          "The simulation is attached. The other candidates are set aside.",
          "Another person approves; then public entropy brings it into force.",
        ], cannotBeUndone: "A commitment cannot be undone or changed.",
        fields: opens
          ? [
            EntryField(
              name: "entropy_plan", label: "Where the public entropy will come from",
              control: .lines(text: call.form["entropy_plan"] ?? "", maximum: 300),
              hint:
                "A source and a day after today, such as a lottery draw or a public beacon round.",
              fault: fault("entropy_plan"))
          ] : [], authentication: call.proof), faults: faults)
  }

  /// Commits to the candidate.
  func commit() async throws -> String {
    let plan = (call.form["entropy_plan"] ?? "").filter { !$0.isNewline }
    try await call.installation.commitScheme(
      try number(), entropyPlan: plan, as: try await call.freshActor())
    return "/randomization?note=drafted"
  }
}
