extension StudyState {
  /// The states that can follow; a lock can be undone only before unblinding.
  public var successors: Set<StudyState> {
    switch self {
    case .draft: [.testing]
    case .testing: [.approved]
    case .approved: [.enrolling]
    case .enrolling: [.paused, .enrolmentClosed]
    case .paused: [.enrolling, .enrolmentClosed]
    case .enrolmentClosed: [.followupComplete]
    case .followupComplete: [.softLocked]
    case .softLocked: [.hardLocked]
    case .hardLocked: [.softLocked, .unblinded]
    case .unblinded: [.archived]
    case .archived: []
    }
  }

  /// Whether data of participants may still be entered.
  public var allowsEntry: Bool {
    switch self {
    case .enrolling, .paused, .enrolmentClosed, .followupComplete: true
    case .draft, .testing, .approved, .softLocked, .hardLocked, .unblinded, .archived: false
    }
  }
}

extension SiteState {
  /// The states that can follow.
  public var successors: Set<SiteState> {
    switch self {
    case .planned: [.selected]
    case .selected: [.initiated]
    case .initiated: [.active]
    case .active: [.suspended, .closed]
    case .suspended: [.active, .closed]
    case .closed: []
    }
  }
}

extension ParticipantState {
  /// The states that can follow; stopping treatment is none of them.
  public var successors: Set<ParticipantState> {
    switch self {
    case .consented: [.screening, .withdrawn, .died]
    case .screening: [.eligible, .screenFailed, .withdrawn, .died]
    case .eligible: [.randomized, .notRandomized, .withdrawn, .died]
    case .randomized: [.followed, .withdrawn, .died]
    case .followed: [.completed, .withdrawn, .lost, .died]
    case .lost: [.followed, .withdrawn, .died]
    case .screenFailed, .notRandomized, .completed, .withdrawn, .died: []
    }
  }

  /// Whether participation is over.
  public var isEnd: Bool { successors.isEmpty }
}
