public import StudyModel

/// A database login: the data classes a request may touch are the ones its login was granted.
public enum Login: String, CaseIterable, Sendable {
  /// Accounts and sessions.
  case access = "eq_access"
  /// Blinded roles that read class `open`.
  case open = "eq_open"
  /// Raters: functions by token, no table.
  case rater = "eq_rater"
  /// Participants: functions by link, no table.
  case participant = "eq_participant"
  /// Blinded roles that read `open` and `outcome`.
  case outcome = "eq_outcome"
  /// Site treatment roles: `open`, `treatment` and `allocation` of their site.
  case treating = "eq_treating"
  /// Draws of allocations.
  case allocator = "eq_allocator"
  /// Draft, activation and keys of the randomization.
  case custodian = "eq_custodian"
  /// The unblinded statistician, and the system's own acts of cut, lock and unblinding.
  case committee = "eq_committee"
  /// Readers of released interim reports.
  case reports = "eq_reports"

  /// The login that owns every table and migrates; no request runs on it.
  public static let owner = "equipoise_owner"

  /// The login that copies the server's files for a backup; it is granted
  /// nothing, and no request runs on it.
  public static let backup = "eq_backup"

  /// The login that holds exactly the classes of a role, or nil when no login does.
  public init?(for role: Role) {
    if role.can(.rate) {
      self = .rater
      return
    }
    if role.can(.draftRandomization) {
      self = .custodian
      return
    }
    switch role.blinding {
    case .participant: self = .participant
    case .none, .blinded: self = role.classes.contains(.outcome) ? .outcome : .open
    case .unblinded: self = .treating
    case .unblindedAcrossSites:
      // Who checks a look or unblinds reads no outcome: those acts name the login of the committee themselves.
      self =
        role.can(.buildInterimReport)
        ? .committee : (role.can(.readClosedReport) ? .reports : .treating)
    }
  }

  /// Connections beside those that only sign-ins, randomizations and emergencies use, not fewer than
  /// the others; nil where those do nothing on the login.
  var keptSize: Int? {
    switch self {
    case .access: 6
    case .allocator: 8
    case .open, .rater, .participant, .outcome, .treating, .custodian, .committee, .reports: nil
    }
  }

  /// Connections kept for this login by one daemon.
  var poolSize: Int {
    switch self {
    case .access, .open: 6
    case .allocator, .rater, .treating, .outcome, .participant: 4
    case .custodian, .committee, .reports: 2
    }
  }
}
