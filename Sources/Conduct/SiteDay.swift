public import Store
public import StudyModel

/// What waits at a site: its participants, what is open, and the data queries.
public struct SiteDay: Sendable {
  /// The participants in reach, in order of their keys.
  public let participants: [Participant]
  /// The states of ratings and questionnaires by participant key.
  public let collection: [String: [CollectionStatus]]
  /// The open data queries of class open.
  public let queries: [StoredQuery]
  /// Consents that are asked for again.
  public let reconsents: [StoredReconsentTask]
  /// What holds for participants where amendments are in force, by participant key.
  public internal(set) var definitions: [String: StudyDefinition] = [:]
}

extension Installation {
  /// The participants of the actor's reach with what is open for them.
  ///
  /// The states of ratings and questionnaires are read for participants after randomization only,
  /// since before it the participant's own page tells what is open.
  public func siteDay(as actor: Actor) async throws -> SiteDay {
    guard actor.knowsParticipants else { throw ActRefusal.notFound }
    let trial = actor.trial.id
    let isAmended = actor.trial.amendments > 0
    let reader = try await knowingEveryVersion(actor)
    var day = try await session(actor) { session in
      var all: [Participant] = []
      var after = ""
      while true {
        let page = try session.participants(in: trial, after: after, limit: 200)
        all += page
        guard page.count == 200, let last = page.last, all.count < 2000 else { break }
        after = last.key.text
      }
      var collection: [String: [CollectionStatus]] = [:]
      let followed = all.filter { $0.state == "randomized" || $0.state == "followed" }
        .map(\.key)
      for status in try session.collection(of: followed, in: trial)
      where reader.knowsStatus(ofFormNamed: status.form) {
        collection[status.participant, default: []].append(status)
      }
      let isFollowed = Set(followed.map(\.text))
      for open in try session.openCollection(in: trial, limit: 200)
      where !isFollowed.contains(open.participant) && reader.knowsStatus(ofFormNamed: open.form) {
        collection[open.participant, default: []].append(open)
      }
      return SiteDay(
        participants: all, collection: collection,
        queries: try session.queries(of: nil, in: .open, trial: trial)
          .filter { reader.readsQueries && reader.reads(formNamed: $0.form) },
        reconsents: isAmended && reader.readsConsent
          ? try session.reconsentTasks(of: nil, in: trial) : [])
    }
    guard isAmended else { return day }
    for one in day.participants {
      day.definitions[one.key.text] = try await acting(actor, for: one, on: nil).definition
    }
    return day
  }
}
