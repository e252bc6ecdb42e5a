import Foundation
public import Store
public import StudyModel

extension Installation {
  /// A participant in the actor's reach.
  public func participant(_ key: ParticipantKey, as actor: Actor) async throws -> Participant {
    let trial = actor.trial.id
    guard let participant = try await session(actor, { try $0.participant(key, in: trial) })
    else { throw ActRefusal.notFound }
    return participant
  }

  /// Reads a form for entry or signature.
  public func entry(
    _ owner: some EntryOwner, _ form: FormID, _ visit: VisitCode, number: Int = 1,
    as actor: Actor
  ) async throws -> ReadEntry {
    let actor = try await acting(
      actor, on: EntryAddress(owner, form, visit, number: number))
    let form = try actor.readsForm(form, at: visit, of: owner.subject)
    try form.needNumber(number)
    let trial = actor.trial.id
    let address = EntryAddress(owner, form.id, visit, number: number)
    if actor.handsIn(form) { return try await handedIn(form, address, as: actor) }
    let (stored, signatures) = try await session(actor) { session in
      try session.need(owner.subject, in: trial)
      guard actor.role.classes.contains(form.dataClass) else {
        return (try session.ownEntry(address), [StoredSignature]())
      }
      let stored = try session.entry(address, in: form.dataClass, trial: trial)
      try actor.need(form, stored)
      let signatures = try session.signatures(of: owner, in: form.dataClass, trial: trial)
        .filter {
          $0.form == form.id.text && $0.visit == visit.text && $0.number == number
        }
      return (stored, signatures)
    }
    return ReadEntry(
      form: form, visit: visit, number: number, version: stored?.version ?? 0,
      status: stored?.status ?? "due",
      answers: try stored.map { try AnswerText.answers($0.answers) } ?? [:],
      author: stored?.author ?? "", enteredAt: stored?.enteredAt,
      isSubmitted: stored?.submittedAt != nil, signatures: signatures)
  }

  /// Saves a form: hard faults refuse, soft ones open data queries; the version must be the one read.
  ///
  /// - Parameter number: which repeat, 0 for a new one; a form that does not repeat has the number 1.
  public func saveEntry(
    _ owner: some EntryOwner, _ form: FormID, _ visit: VisitCode, number: Int = 1,
    _ submission: EntrySubmission, as actor: Actor
  ) async throws -> SavedEntry {
    let save = try await checkedSave(
      owner, form, visit, number: number, submission, as: actor)
    let saved: SavedEntry
    do {
      saved = try await session(save.actor) { try save.write(in: $0) }
    } catch let error as StoreError {
      throw save.telling(error)
    }
    if submission.isFinal, let participant = owner.subject.participant {
      await derive(
        after: form, at: visit, number: saved.number, of: participant, in: actor.trial,
        save.actor.definition)
    }
    return saved
  }

  /// How many numbers of repeats are drawn from, for who reads own entries of a form only.
  private static let drawnRepeats = 5000

  /// Everything of a save that comes before its transaction.
  ///
  /// - Parameter beside: entries of the same participant saved in the same transaction, which its checks read
  ///   as if they stood.
  func checkedSave(
    _ owner: some EntryOwner, _ form: FormID, _ visit: VisitCode, number: Int,
    _ submission: EntrySubmission, as actor: Actor, beside: [FormEntry] = []
  ) async throws -> CheckedSave {
    try actor.need(.enterForms)
    let actor = try await acting(
      actor, on: EntryAddress(owner, form, visit, number: number), saving: submission)
    let form = try actor.entersForm(form, at: visit, of: owner.subject)
    try form.needNumber(number)
    if actor.handsIn(form) { try submission.needWhole() }
    let place = try await place(
      of: EntryAddress(owner, form.id, visit, number: number), form, beside, actor)
    // What an unblinded person writes once the arm is known would reach blinded readers.
    guard place.participant?.randomizedAt == nil || !actor.isUnblinded || form.dataClass > .outcome
    else {
      throw ActRefusal.notNow(
        code: "blinded_form",
        sentence:
          "This form is read by blinded people and is closed to the treatment team after "
          + "randomization. Write on the treatment forms, or ask the coordinator.")
    }
    let proposed = try await check(submission, place, actor)
    if submission.isFinal, let participant = place.participant,
      (StudyFact.arm.reference.flatMap { proposed.context.elsewhere[$0] } ?? .missing) == .missing
    {
      try await needKnownArm(of: participant.key, for: form, actor)
    }
    let hard = proposed.checked.faults.filter { $0.kind == .hard }
    guard hard.isEmpty else { throw ActRefusal.invalid(hard.map(Fault.init)) }
    return CheckedSave(
      actor: actor, subject: owner.subject, form: form, visit: visit, number: number,
      submission: submission, proposed: proposed,
      draw: number == 0 && actor.readsOwn(form)
        ? random.number(below: Self.drawnRepeats) : nil,
      settled: submission.isFinal
        ? try await closedFindings(
          proposed.checked, of: form,
          at: EntryAddress(owner, form.id, visit, number: number), beside: beside, actor.trial,
          actor.definition) : [])
  }

  /// Where an entry is checked, with the participant it is about.
  private func place(
    of address: EntryAddress, _ form: Form, _ beside: [FormEntry], _ actor: Actor
  ) async throws -> CheckPlace {
    switch address.subject {
    case .participant(let key):
      CheckPlace(
        participant: try await participant(key, as: actor), form: form, visit: address.visit,
        number: address.number, beside: beside)
    case .site(let site):
      CheckPlace(site: site, form: form, number: address.number, beside: beside)
    }
  }
}

extension Form {
  /// Refuses a number the form cannot have: 0 and those above 1 belong to forms that repeat.
  func needNumber(_ number: Int) throws(ActRefusal) {
    guard number == 1 || isRepeating && (0...9999).contains(number) else { throw .notFound }
  }

  /// Whether an answer belongs to the form's own class; a calculated copy of a value of a higher
  /// class is not stored again, since its value stands in its own class.
  func keeps(_ field: FieldID) -> Bool {
    guard let field = self.field(field) else { return false }
    return dataClass(of: field) <= dataClass
  }
}

extension Fault {
  init(_ fault: EntryFault) {
    self.init(field: fault.field?.text, code: fault.code, sentence: fault.sentence)
  }
}
