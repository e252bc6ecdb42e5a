import Reports
import Store
import StudyModel

/// The classes a snapshot keeps, from the least guarded on.
private let snapshotClasses: [DataClass] = [.open, .outcome, .treatment]

extension Session {
  /// Cuts the data of every class as they stand and keeps them for ever.
  ///
  /// - Returns: the number, the cut-off and the digest over all classes.
  func cutData(
    _ kind: String, by actor: Actor, software: String
  ) throws -> (number: Int, cutOff: UTCInstant, digest: [UInt8]) {
    let trial = actor.trial.id
    let cut = try makeCut(
      kind, definition: actor.definition.version, software: software, by: actor.user, in: trial)
    var digests: [UInt8] = []
    for dataClass in snapshotClasses {
      let participants = dataClass == .open ? try participantLines(in: trial) : []
      // Texts are kept for ever with the lock alone: until then a removal still reaches them.
      let queries =
        kind == "hard_lock"
        ? try queryLines(of: dataClass, in: trial) + [siteEntryMark(of: dataClass, in: trial)]
          + (dataClass == .outcome ? correctionLines(in: trial) : []) : []
      let lines = participants + (try entryLines(of: dataClass, in: trial)) + queries
      let content = lines.joined(separator: "\n")
      let digest = sha256(content)
      try keepSnapshot(cut.number, of: dataClass, content: content, digest: digest, in: trial)
      digests += digest
    }
    return (cut.number, cut.cutOff, sha256(digests))
  }

  /// The content of a snapshot in some classes.
  func snapshot(_ number: Int, of classes: [DataClass], in trial: TrialID) throws -> TrialSnapshot {
    try TrialSnapshot(
      contents: classes.map { try snapshotContent(number, of: $0, in: trial) ?? "" })
  }
}
