import Conduct
import Pages
import Store
import StudyModel

/// The unblinding of the whole study as the page shows it.
struct UnblindingPageContent {
  private let lock: LockPageContent
  private let proof: Authentication

  init(_ call: Call) async throws {
    lock = try await LockPageContent(call)
    proof = try await call.signatureAndSecondFactorProof()
  }

  func model(faults: [Pages.Fault] = []) -> UnblindingModel {
    UnblindingModel(
      frame: lock.call.site.frame(for: lock.call), back: Link(text: "Lock", href: "/lock"),
      chip: chip, lead: lead, steps: steps, facts: lock.certificate, act: act,
      signatures: signers.map(lock.signature), faults: faults)
  }

  private var signers: [ActSignature] { lock.state.signers(of: "unblind") }
  private var isOpen: Bool { lock.state.studyState == "unblinded" }
  private var isLocked: Bool { lock.state.studyState == "hard_locked" }
  private var hasPlan: Bool { lock.state.planDigest != nil }

  private var chip: Chip {
    if isOpen { return .done }
    if isLocked && hasPlan { return signers.isEmpty ? .ready : .waiting("the second person") }
    return .notDue
  }

  private var lead: String {
    if isOpen { return "The study is unblinded; the allocation stands beside the locked data." }
    if !isLocked { return "The study is not hard-locked yet. Nothing can be opened." }
    return hasPlan
      ? "The study is hard-locked and the analysis plan is on record."
      : "The analysis plan is not on record yet. Nothing can be opened."
  }

  private var steps: [StepRow] {
    let people = lock.actor.definition.lock.unblindedBy.map { role in
      (
        title: lock.actor.definition.role(role)?.title ?? role.text,
        signed: signers.first { $0.role == role.text }
      )
    }
    let rows: [(title: String, isDone: Bool, detail: String)] =
      [
        ("Hard lock", isLocked || isOpen, ""), ("Analysis plan on record", hasPlan, ""),
      ]
      + people.map { person in
        (
          "Signature: \(person.title.lowercased())", person.signed != nil,
          person.signed.map { lock.signature($0).time } ?? ""
        )
      }
    let next = rows.firstIndex { !$0.isDone }
    return rows.enumerated().map { index, row in
      StepRow(
        title: row.title, state: row.isDone ? .done : index == next ? .current : .waiting,
        detail: row.detail)
    }
  }

  private var act: ActForm? {
    let role = lock.actor.role
    guard isLocked, hasPlan, role.can(.unblind),
      lock.actor.definition.lock.unblindedBy.contains(role.id),
      !signers.contains(where: { $0.role == role.id.text })
    else { return nil }
    return ActForm(
      form: lock.call.target("/unblinding"),
      button: signers.isEmpty ? "Sign the unblinding" : "Sign and unblind the study",
      whatHappens: [
        "With the second signature the allocation joins the locked data as a separate file."
      ], cannotBeUndone: "There is no way back: who has read the arms has read them.",
      compare: [Fact(name: "Participants", value: String(lock.state.participants))],
      authentication: proof, isDestructive: true)
  }
}
