import Randomization
public import Store
public import StudyModel

/// The card of one participant: the key and the code that opens the envelope.
public struct EnvelopeCard: Sendable, Equatable {
  /// The participant.
  public let participant: ParticipantKey
  /// The code as printed.
  public let code: String
}

/// A sheet of cards with the public key the site's file is signed by.
public struct EnvelopeCards: Sendable {
  /// The site.
  public let site: SiteKey
  /// The cards in order.
  public let cards: [EnvelopeCard]
  /// The public key of the ledger in hexadecimal digits.
  public let key: String
}

extension Installation {
  /// The most cards of one sheet: a sheet is printed, cut and sealed by a person.
  public static let mostCards = 100

  /// Brings the envelope file of a site up to the committed allocations, and gives it.
  ///
  /// Envelopes already made are kept as they are; the file is written anew only when it lacks one.
  @discardableResult
  public func renewEnvelopes(at site: SiteKey, in trial: Trial) async throws -> EnvelopeFile {
    let context = RequestContext(trial: trial.id, actor: nil, role: "", sites: .all)
    let allocated = try await refusing {
      try await store.session(.allocator, context) { session in
        try session.allocatedParticipants(at: site, in: trial.id)
      }
    }
    let ledger = try await followedLedger(of: trial, atLeast: (allocated.last?.index ?? -1) + 1)
    let written = await envelopes?.file(of: site, in: trial)
    var known: [ParticipantKey: OfflineEnvelope] = [:]
    if let written, written.ledger == ledger.state.identity,
      written.key == ledger.signing.verifyingKey.bytes.hex
    {
      for envelope in written.envelopes { known[envelope.participant] = envelope }
      if allocated.allSatisfy({ known[$0.participant]?.entry == $0.index }),
        written.count == allocated.count
      {
        return written
      }
    }
    let definition = try await definition(of: trial)
    let made = try allocated.map { row in
      if let envelope = known[row.participant], envelope.entry == row.index { return envelope }
      return try envelope(of: row.participant, entry: row.index, ledger, definition)
    }
    let file = try EnvelopeFile(
      study: trial.key, site: site, madeAt: LedgerTime.text(clock.now),
      ledger: ledger.state.identity, envelopes: made, signing: ledger.signing)
    try await envelopes?.keep(file, in: trial)
    return file
  }

  private func envelope(
    of participant: ParticipantKey, entry: Int, _ ledger: OpenLedger, _ definition: StudyDefinition
  ) throws -> OfflineEnvelope {
    let subject = Label(participant.text)
    // The entry is compared: what another daemon drew and did not commit closes no envelope.
    guard let draw = ledger.state.allocation(of: subject), draw.recordedIn == entry,
      let secret = ledger.state.envelopeSecret(of: subject),
      let code = EnvelopeCode(secret: secret)
    else { throw EnvelopeRefusal.notClosed }
    let title = (try? ArmCode(parsing: draw.arm.text)).flatMap(definition.arm)?.title
    return try OfflineEnvelope(
      closing: draw, title: title ?? "", of: participant, in: ledger.state.identity, code: code,
      random: random)
  }

  /// The ledger as followed last when that is far enough, else replayed.
  private func followedLedger(of trial: Trial, atLeast size: Int) async throws -> OpenLedger {
    if let known = ledgers.find(trial.id), known.state.size >= size { return known }
    return try await openLedger(of: trial)
  }

  /// Makes the envelope files of every trial whose randomization was put into force, where they lack
  /// an envelope.
  public func renewAllEnvelopes() async throws {
    var failure: (any Error)?
    for trial in try await trials() {
      let context = RequestContext(trial: trial.id, actor: nil, role: "", sites: .all)
      let (sites, ledger) = try await store.session(.allocator, context) { session in
        (try session.sites(of: trial.id), try session.ledger(of: trial.id))
      }
      // Opening, commitment and public entropy: from then on somebody can be randomized.
      guard let ledger, ledger.size >= 3 else { continue }
      for site in sites where site.state != "planned" {
        do {
          try await renewEnvelopes(at: site.key, in: trial)
        } catch {
          // One site's fault does not keep the others without their envelopes.
          failure = failure ?? error
        }
      }
    }
    if let failure { throw failure }
  }

  /// Passes over all sites now and every five minutes: what failed, or what another daemon
  /// allocated, is made good; ends with the task.
  public func keepEnvelopesFresh() async {
    while !Task.isCancelled {
      try? await renewAllEnvelopes()
      try? await Task.sleep(for: .seconds(300))
    }
  }

  /// The envelope file of a site for the officer who holds it; the delivery is in the audit trail.
  public func envelopeFile(of site: SiteKey, as actor: Actor) async throws -> EnvelopeFile {
    try actor.need(.holdEnvelopes)
    try known(site, to: actor)
    let file = try await renewEnvelopes(at: site, in: actor.trial)
    try await session(actor, on: .allocator) { session in
      try session.note(
        "envelope file delivered", on: "envelopes", site: site.text, in: .allocation)
    }
    return file
  }

  /// The codes of a range of participant keys, to be printed on a card each and sealed; recorded
  /// before they leave the server, and stored nowhere.
  ///
  /// A card may be made before its participant is randomized, so that it lies ready.
  public func issueEnvelopeCodes(
    of site: SiteKey, from first: Int, count: Int, as actor: Actor
  ) async throws -> EnvelopeCards {
    try actor.need(.issueEnvelopeCodes)
    try needFreshSecondFactor(actor)
    try known(site, to: actor)
    guard (1...Self.mostCards).contains(count),
      let start = ParticipantKey(site: site, number: first),
      let end = ParticipantKey(site: site, number: first + count - 1)
    else {
      throw ActRefusal.invalid([
        Fault(
          field: "count", code: "bad_range",
          sentence: "A sheet has 1 to \(Self.mostCards) cards of keys from 0001 to 9999. "
            + "Nothing was issued.")
      ])
    }
    let ledger = try await openLedger(of: actor.trial)
    let cards = try (first..<(first + count)).map { number in
      guard let participant = ParticipantKey(site: site, number: number),
        let secret = ledger.state.envelopeSecret(of: Label(participant.text)),
        let code = EnvelopeCode(secret: secret)
      else { throw ActRefusal.keyMissing }
      return EnvelopeCard(participant: participant, code: code.printed)
    }
    try await session(actor, on: .allocator) { session in
      try session.issueEnvelopeCodes(at: site, first: start, last: end)
    }
    return EnvelopeCards(
      site: site, cards: cards, key: ledger.signing.verifyingKey.bytes.hex)
  }

  /// The sheets of codes handed out so far.
  public func envelopeCodeIssues(as actor: Actor) async throws -> [CodeIssue] {
    try actor.need(.issueEnvelopeCodes)
    return try await session(actor, on: .allocator) { try $0.codeIssues(in: actor.trial.id) }
  }

  private func known(_ site: SiteKey, to actor: Actor) throws(ActRefusal) {
    guard actor.definition.site(site) != nil else { throw .notFound }
    switch actor.sites {
    case .all: return
    case .site(let own): if own != site { throw .notFound }
    }
  }
}
