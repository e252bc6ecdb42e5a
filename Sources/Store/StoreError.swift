public import Postgres

/// Why the database did not do what was asked, in words the acts understand.
public enum StoreError: Error, Equatable, Sendable {
  /// Nothing of that name in the reader's scope.
  case notFound
  /// Saved by somebody else meanwhile.
  case stale
  /// Closed for entry: frozen, locked or finally submitted.
  case closed
  /// The participant withdrew from any further data, or has died.
  case noFurtherData
  /// A submitted entry changes only with a reason.
  case reasonMissing
  /// Not possible from the present state, or already done.
  case conflict
  /// The ratings come before the blinding record.
  case ratingsNotSubmitted
  /// No rater is free at a time, or it is past.
  case timeNotFree
  /// A rating that has begun, or whose time has come, keeps its booking.
  case ratingBegun
  /// The study is not enrolling.
  case studyNotEnrolling
  /// The site is not active.
  case siteNotActive
  /// The site has used all its participant keys.
  case siteFull
  /// Final unblinding out of its order.
  case unblindingOutOfOrder
  /// Data queries or unfinished forms keep the study from its soft lock.
  case notClean
  /// Who once knew arms gets no blinded role in the same study.
  case onceUnblinded
  /// There is no likeness to judge.
  case noLikeness
  /// The interim look before is not released.
  case lookUnreleased
  /// Nothing differs from what is saved.
  case unchanged
  /// A number beyond what is counted, or a character no text can hold.
  case unstorable
  /// A data query on the form is not closed.
  case queriesOpen
  /// Somebody else took the request over; nothing of this attempt was kept.
  case requestTakenOver
  /// An amendment was not tried on the data of every class it touches.
  case notTried
  /// A look was taken since an amendment of the looks was drafted.
  case lookTaken
  /// An amendment of the looks is approved and does not hold for the whole trial yet.
  case looksBetween
  /// Sealed under a key that is not in force any more.
  case keyOutdated
  /// Who signs did not acknowledge accountability.
  case notAcknowledged
  /// The identity of who signs was not verified.
  case identityUnverified
  /// Nothing was given for this signature.
  case signatureUnproved
  /// The first signature of a session takes password and one-time code.
  case signatureNeedsBoth
  /// The clock is wrong by more than a minute.
  case clockWrong
  /// A broken ledger, which stops allocation.
  case ledgerBroken
  /// A value that must be unique was used; the constraint names it.
  case notUnique(constraint: String)
  /// The commit's fate is unknown; ask again with the same request key.
  case outcomeUnknown
  /// The database did not answer in time or cannot be reached.
  case unavailable
  /// A fault of ours: logged, never shown.
  case internalFault(SQLState?)

  /// The kind of the fault for a log: a state code or a constraint, never a text of the server.
  public var kindForLog: String {
    switch self {
    case .internalFault(let state): state.map { "SQLSTATE \($0.rawValue)" } ?? "internal"
    case .notUnique(let constraint): "constraint \(constraint)"
    case .ledgerBroken: "ledger broken"
    case .notFound, .stale, .closed, .noFurtherData, .reasonMissing, .conflict,
      .ratingsNotSubmitted, .timeNotFree, .ratingBegun, .studyNotEnrolling, .siteNotActive,
      .siteFull,
      .unblindingOutOfOrder,
      .notClean, .onceUnblinded, .noLikeness, .lookUnreleased, .unchanged, .unstorable,
      .queriesOpen, .requestTakenOver,
      .notTried, .lookTaken, .looksBetween, .keyOutdated, .notAcknowledged, .identityUnverified,
      .signatureUnproved,
      .signatureNeedsBoth, .clockWrong, .outcomeUnknown, .unavailable:
      "refusal"
    }
  }

  init(_ error: DatabaseError) {
    switch error {
    case .commitUnknown: self = .outcomeUnknown
    case .server(let fault): self = Self.from(fault)
    case .rolledBack, .typeMismatch: self = .internalFault(nil)
    default: self = .unavailable
    }
  }

  private static func from(_ fault: ServerFault) -> StoreError {
    switch fault.sqlState.rawValue {
    case "EQ404": .notFound
    case "EQ412": .stale
    case "EQ423": .closed
    case "EQ424": .noFurtherData
    case "EQ422": .reasonMissing
    case "EQ409": .conflict
    case "EQ425": .ratingsNotSubmitted
    case "EQ426": .studyNotEnrolling
    case "EQ427": .siteNotActive
    case "EQ428": .siteFull
    case "EQ429", "EQ430", "EQ431": .unblindingOutOfOrder
    case "EQ432": .notClean
    case "EQ433": .onceUnblinded
    case "EQ434": .noLikeness
    case "EQ435": .lookUnreleased
    case "EQ437": .requestTakenOver
    case "EQ438": .unchanged
    case "EQ440": .keyOutdated
    case "EQ441": .queriesOpen
    case "EQ442": .notTried
    case "EQ445": .notAcknowledged
    case "EQ446": .identityUnverified
    case "EQ447": .signatureUnproved
    case "EQ448": .signatureNeedsBoth
    case "EQ449": .clockWrong
    case "EQ453": .lookTaken
    case "EQ454": .looksBetween
    case "EQ456": .timeNotFree
    case "EQ457": .ratingBegun
    case "EQ499": .ledgerBroken
    case "22003", "22021", "22P05": .unstorable
    case "23505": .notUnique(constraint: fault.constraint ?? "")
    default: .internalFault(fault.sqlState)
    }
  }
}
