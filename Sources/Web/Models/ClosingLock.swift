import Conduct
import Pages
import Store
import StudyModel

/// The steps to the locked study as the page shows them.
struct LockPageContent {
  let call: Call
  let actor: Actor
  let state: LockState
  let proof: Authentication

  init(_ call: Call) async throws {
    self.call = call
    actor = try call.actor
    state = try await call.installation.lockState(as: actor)
    proof = try await call.signatureProof()
  }

  func model(faults: [Pages.Fault] = []) -> LockModel {
    let steps = stepRows
    let done = steps.count { $0.state == .done }
    return LockModel(
      frame: call.site.frame(for: call), lead: "\(done) of \(steps.count) steps are done.",
      steps: steps, act: act, certificate: certificate, certificateLinks: links,
      signatures: state.signatures.map(signature), faults: faults)
  }

  private var zone: String { call.site.zone(of: actor) }
  private var order: [String] {
    [
      "draft", "testing", "approved", "enrolling", "paused", "enrolment_closed",
      "followup_complete", "soft_locked", "hard_locked", "unblinded", "archived",
    ]
  }

  private func hasReached(_ stage: String) -> Bool {
    guard let now = order.firstIndex(of: state.studyState), let then = order.firstIndex(of: stage)
    else { return false }
    return now >= then
  }

  /// Whether a step is on record; what people do outside the system is stated by the soft lock.
  private func isDone(_ step: String) -> Bool {
    switch step {
    case "analysis_plan": state.planDigest != nil
    case "data_clean": hasReached("soft_locked") || state.openQueries + state.drafts == 0
    case "hard_lock": hasReached("hard_locked")
    case "unblinding": hasReached("unblinded")
    case "archive": hasReached("archived")
    default: hasReached("soft_locked")
    }
  }

  private var stepRows: [StepRow] {
    let next = actor.definition.lock.steps.first { !isDone($0.id) }?.id
    return actor.definition.lock.steps.map { step in
      StepRow(
        title: step.sentence,
        state: isDone(step.id) ? .done : step.id == next ? .current : .waiting,
        detail: detail(of: step), open: open(of: step))
    }
  }

  private func detail(of step: LockStep) -> String {
    let act = step.id == "unblinding" ? "unblind" : step.id
    let signers = state.signers(of: act)
    if !signers.isEmpty {
      return signers.map { "\($0.name), \(Times.full($0.at, zone))" }.joined(separator: "; ")
    }
    let roles = step.signedBy.compactMap { actor.definition.role($0)?.title.lowercased() }
    guard !isDone(step.id) else {
      return hasReached("soft_locked")
        ? "Stated with the soft lock by those who signed it." : "Nothing is open now."
    }
    return "For: " + roles.joined(separator: " and ") + "."
  }

  private func open(of step: LockStep) -> [Link] {
    guard step.id == "data_clean", !isDone(step.id) else { return [] }
    let forms = state.drafts == 1 ? "1 unfinished form" : "\(state.drafts) unfinished forms"
    let queries = state.openQueries == 1 ? "1 open query" : "\(state.openQueries) open queries"
    return [Link(text: "\(queries), \(forms)", href: "/queries")]
  }

  func signature(_ signed: ActSignature) -> Signature {
    let role = (try? RoleID(parsing: signed.role)).flatMap { actor.definition.role($0) }
    return Signature(
      name: signed.name, role: (role?.title ?? signed.role).lowercased(),
      time: Times.full(signed.at, zone), meaning: signed.meaning, digest: signed.detail)
  }

  private var lock: Cut? { state.cuts.last { $0.kind == "hard_lock" } }

  var certificate: [Fact] {
    guard let lock else { return [] }
    return [
      Fact(name: "Snapshot", value: String(lock.number)),
      Fact(name: "Locked", value: Times.full(lock.cutOff, zone)),
      Fact(name: "Participants", value: String(state.participants)),
      Fact(name: "Definition", value: lock.definition),
      Fact(name: "Software", value: lock.software, isCode: true),
      Fact(name: "Analysis plan", value: state.planDigest ?? "not on record yet", isCode: true),
    ]
  }

  private var links: [Link] {
    var links: [Link] = []
    if actor.role.can(.unblind) { links.append(Link(text: "Unblinding", href: "/unblinding")) }
    if actor.role.can(.exportBlinded) { links.append(Link(text: "Exports", href: "/exports")) }
    if actor.role.can(.analyse), hasReached("unblinded") {
      links.append(Link(text: "Result", href: "/result"))
    }
    return links
  }

  // MARK: The one act

  private func hasSigned(_ act: String) -> Bool {
    state.signers(of: act).contains { $0.role == actor.role.id.text }
  }

  private var act: ActForm? {
    if actor.role.can(.analyse), state.planDigest == nil { return plan }
    switch state.studyState {
    case "enrolling", "paused", "enrolment_closed", "followup_complete":
      return actor.role.can(.softLock) && state.openQueries + state.drafts == 0 ? soft : nil
    case "soft_locked":
      return actor.role.can(.hardLock) && !hasSigned("hard_lock") ? hard : nil
    default: return nil
    }
  }

  private var plan: ActForm {
    ActForm(
      form: call.target("/lock/plan"), button: "Record the analysis plan",
      whatHappens: ["The SHA-256 of the final analysis plan is put on record under your name."],
      cannotBeUndone: "The record stays for ever.",
      fields: [
        EntryField(
          name: "digest", label: "SHA-256 of the plan",
          control: .text(text: call.form["digest"] ?? "", maximum: 64),
          hint: "64 hexadecimal digits, as sha256sum prints them.")
      ], authentication: proof)
  }

  private var soft: ActForm {
    ActForm(
      form: call.target("/lock/soft"), button: "Soft-lock the study",
      whatHappens: [
        "Nobody can enter or change data any more.",
        "You state that every participant is in an end state and that the data are complete and clean.",
      ],
      compare: [
        Fact(name: "Participants", value: String(state.participants)),
        Fact(name: "Open queries", value: String(state.openQueries)),
        Fact(name: "Unfinished forms", value: String(state.drafts)),
      ], authentication: proof)
  }

  private var hard: ActForm {
    let signers = state.signers(of: "hard_lock")
    let missing = actor.definition.lock.hardLockedBy.filter { role in
      role != actor.role.id && !signers.contains { $0.role == role.text }
    }
    let titles = missing.compactMap { actor.definition.role($0)?.title.lowercased() }
    return ActForm(
      form: call.target("/lock/hard"),
      button: titles.isEmpty ? "Sign and lock the study" : "Sign the hard lock",
      whatHappens: [
        "With the second signature nobody can change data any more, and a snapshot is kept."
      ], cannotBeUndone: "A hard lock cannot be undone.",
      compare: [
        Fact(name: "Participants", value: String(state.participants)),
        Fact(name: "Sites", value: String(actor.definition.sites.count)),
      ], authentication: proof, isDestructive: true, signers: signers.map(signature),
      waitingFor: titles.isEmpty ? "" : "After you signs: \(titles.joined(separator: ", ")).")
  }
}
