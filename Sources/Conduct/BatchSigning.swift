public import Store
public import StudyModel

/// A form that waits for a signature.
public struct SignableForm: Sendable, Equatable {
  /// Where it stands.
  public let address: EntryAddress
  /// The form's title.
  public let title: String
  /// The version that would be signed.
  public let version: Int
  /// The meaning of the signature.
  public let meaning: String
  /// The printed name of who entered it.
  public let author: String
  /// The instant of this version.
  public let enteredAt: UTCInstant
  /// Whether a blocking data query on it is not closed: then it cannot be signed with others.
  public let isBlocked: Bool
}

/// One record of a batch: what was read, and in which version.
public struct SigningOrder: Sendable, Equatable {
  /// The form.
  public let address: EntryAddress
  /// The version that was read.
  public let version: Int

  /// Names a record to sign.
  public init(_ address: EntryAddress, version: Int) {
    self.address = address
    self.version = version
  }
}

extension Installation {
  /// The forms of a participant that wait for this person's signature.
  public func signableForms(
    of participant: ParticipantKey, as actor: Actor
  ) async throws -> [SignableForm] {
    try actor.need(.signForms)
    let actor = try await acting(actor, for: participant)
    let forms = actor.definition.forms.filter { actor.signs($0) }
    let trial = actor.trial.id
    return try await session(actor) { session in
      var found: [SignableForm] = []
      for dataClass in Set(forms.map(\.dataClass)).sorted() {
        let queries = try session.queries(of: participant, in: dataClass, trial: trial)
        for entry in try session.entries(of: participant, in: dataClass, trial: trial) {
          guard EntryStatus.isSignable(entry.status), entry.submittedAt != nil,
            let form = forms.first(where: { $0.id.text == entry.form }),
            let visit = try? VisitCode(parsing: entry.visit)
          else { continue }
          let address = EntryAddress(participant, form.id, visit, number: entry.number)
          found.append(
            SignableForm(
              address: address, title: form.title, version: entry.version,
              meaning: form.meaningOfSignature, author: entry.author, enteredAt: entry.enteredAt,
              isBlocked: queries.contains { $0.blocks(address) }))
        }
      }
      return found
    }
  }

  /// Signs several forms of a participant in one act: all of them, or none.
  ///
  /// Refused when one is not the signer's to sign, was saved meanwhile, or has a blocking query.
  public func signEntries(
    _ orders: [SigningOrder], of participant: ParticipantKey, as actor: Actor
  ) async throws -> Int {
    try actor.need(.signForms)
    guard (1...200).contains(orders.count),
      orders.allSatisfy({ $0.address.subject == participant.subject }),
      Set(orders.map(\.address)).count == orders.count
    else {
      throw ActRefusal.invalid([
        Fault(
          field: "records", code: "no_records",
          sentence: "Choose from 1 to 200 forms, each once. Nothing was signed.")
      ])
    }
    try needFreshSigner(actor)
    let signable = try await signableForms(of: participant, as: actor)
    var cases: [(SigningOrder, SigningCase)] = []
    for order in orders {
      guard let found = signable.first(where: { $0.address == order.address }) else {
        throw ActRefusal.notFound
      }
      guard found.version == order.version else { throw ActRefusal.stale }
      guard !found.isBlocked else { throw Self.blocked(found) }
      cases.append((order, try await signingCase(order.address, as: actor)))
    }
    let prepared = cases
    try await session(actor) { session in
      for (order, signing) in prepared {
        // Asked again inside the transaction: a query may have been opened since.
        let queries = try session.queries(
          of: participant, in: signing.form.dataClass, trial: signing.actor.trial.id)
        if queries.contains(where: { $0.blocks(order.address) }),
          let found = signable.first(where: { $0.address == order.address })
        {
          throw Self.blocked(found)
        }
        _ = try signing.sign(version: order.version, in: session)
      }
    }
    return prepared.count
  }

  private static func blocked(_ form: SignableForm) -> ActRefusal {
    .notNow(
      code: "queries_open",
      sentence:
        "A blocking data query on \(form.title), \(form.address.visit.text), is not closed. "
        + "Nothing was signed.")
  }
}

extension StoredQuery {
  fileprivate func blocks(_ address: EntryAddress) -> Bool {
    isBlocking && state != "closed" && form == address.form.text && visit == address.visit.text
      && entryNumber == address.number
  }
}
