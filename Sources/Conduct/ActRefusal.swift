import Foundation
import Store
public import StudyModel

/// One thing to mend in what was sent.
public struct Fault: Hashable, Sendable {
  /// The field, nil when it concerns the whole.
  public let field: String?
  /// The stable code.
  public let code: String
  /// The sentence.
  public let sentence: String

  /// Makes a fault.
  public init(field: String? = nil, code: String, sentence: String) {
    self.field = field
    self.code = code
    self.sentence = sentence
  }
}

/// Why an act was refused: nothing was changed, and the sentence says what to do.
public enum ActRefusal: Error, Hashable, Sendable {
  /// Not there, or not for this reader: the same in both cases.
  case notFound
  /// Values that cannot be accepted.
  case invalid([Fault])
  /// Saved by somebody else meanwhile.
  case stale
  /// Closed for entry.
  case closed
  /// The participant withdrew from any further data, or has died.
  case noFurtherData
  /// A submitted entry changes only with a reason.
  case reasonMissing
  /// Not possible in the present state, with the sentence that says why.
  case notNow(code: String, sentence: String)
  /// Preconditions of randomization that are not met.
  case notReady([PreconditionOutcome])
  /// The same request key was used for another request.
  case requestKeyReused
  /// The same request is being carried out.
  case requestInProgress
  /// The request took effect before, and its reply was not kept.
  case requestLost
  /// Nothing differs from what is saved.
  case unchanged
  /// The password or code given with the act is not right.
  case authenticationFailed
  /// Authentication is older than five minutes.
  case authenticationStale
  /// Password and second factor are older than five minutes.
  case secondFactorStale
  /// The commit's fate is unknown: ask again with the same request key.
  case outcomeUnknown
  /// The database cannot be reached in time.
  case unavailable
  /// The key that opens sealed values is not here.
  case keyMissing
  /// The key here is not the one things are sealed under, or a sealed value was altered.
  case keyWrong
  /// What is sealed does not open although the key is the right one.
  case sealDamaged

  /// The stable code of the API.
  public var code: String {
    switch self {
    case .notFound: "not_found"
    case .invalid: "invalid"
    case .stale: "stale_version"
    case .closed: "closed"
    case .noFurtherData: "no_further_data"
    case .reasonMissing: "reason_missing"
    case .notNow(let code, _): code
    case .notReady: "not_ready"
    case .requestKeyReused: "request_key_reused"
    case .requestInProgress: "request_in_progress"
    case .requestLost: "request_done_before"
    case .unchanged: "nothing_changed"
    case .authenticationFailed: "authentication_failed"
    case .authenticationStale: "authentication_stale"
    case .secondFactorStale: "second_factor_stale"
    case .outcomeUnknown: "outcome_unknown"
    case .unavailable: "unavailable"
    case .keyMissing: "key_missing"
    case .keyWrong: "key_wrong"
    case .sealDamaged: "seal_damaged"
    }
  }

  /// The sentence for the person who asked.
  public var sentence: String {
    switch self {
    case .notFound: "There is no such page for you."
    case .invalid(let faults):
      faults.count == 1
        ? faults[0].sentence : "There are \(faults.count) faults. Nothing was saved."
    case .stale:
      "Somebody saved this meanwhile. Nothing of yours was saved; compare and save again."
    case .closed: "This is closed for entry. Nothing was saved."
    case .noFurtherData: "No further data of this participant may be recorded. Nothing was saved."
    case .reasonMissing: "Say why: this goes on record with a reason only. Nothing was saved."
    case .notNow(_, let sentence): sentence
    case .notReady(let outcomes):
      "\(outcomes.filter { !$0.isMet }.count) of \(outcomes.count) preconditions are not met. "
        + "Nobody was randomized."
    case .requestKeyReused: "This request key was used for another request. Nothing was changed."
    case .requestInProgress:
      "This request is being carried out. Ask again with the same request in a moment."
    case .requestLost:
      "This request was carried out before, and its answer was not kept. "
        + "Read how things stand before you send another one."
    case .unchanged: "Nothing differs from what is saved. No version was made."
    case .authenticationFailed: "The password or the code is not right. Nothing was changed."
    case .authenticationStale:
      "Your last sign-in is older than five minutes. Give your password again. Nothing was changed."
    case .secondFactorStale:
      "This takes your password and a one-time code or passkey of the last five minutes. Nothing was changed."
    case .outcomeUnknown:
      "It is not known yet whether this was done. Ask again with the same request."
    case .unavailable: "The database does not answer. Nothing was changed. Try again shortly."
    case .keyMissing:
      "The key of this installation is not here, so nothing sealed can be read or drawn. "
        + "Ask the person who installed the server."
    case .keyWrong:
      "What is sealed here does not open with the key of this server. Nothing was changed. "
        + "Ask the person who installed the server."
    case .sealDamaged:
      "What is sealed here was altered, or belongs to another record: it does not open although the "
        + "key is the right one. Nothing was shown. Tell the randomization manager, whose check of "
        + "the ledger names the entry."
    }
  }
}

extension ActRefusal {
  /// The refusal an act answers for what the database said, nil for a fault of ours.
  init?(_ error: StoreError) {
    switch error {
    case .notFound: self = .notFound
    case .stale: self = .stale
    case .closed: self = .closed
    case .noFurtherData: self = .noFurtherData
    case .reasonMissing: self = .reasonMissing
    case .conflict:
      self = .notNow(
        code: "not_from_this_state",
        sentence: "This was done already, or is not possible in the present state.")
    case .notClean:
      self = .notNow(
        code: "not_clean",
        sentence: "Data queries are open or forms are unfinished. Nothing was locked.")
    case .onceUnblinded: self = .onceUnblinded
    case .noLikeness:
      self = .notNow(
        code: "no_likeness",
        sentence:
          "Nobody alike is enrolled, or every likeness is judged. There is nothing to judge; "
          + "nothing was recorded.")
    case .lookUnreleased:
      self = .notNow(
        code: "look_not_released",
        sentence:
          "The look before is not released. A second unblinded person releases it first. "
          + "Nothing was built.")
    case .unchanged: self = .unchanged
    case .unstorable:
      self = .invalid([
        Fault(
          code: "unstorable",
          sentence:
            "A number is larger than any that is counted here, or a text holds a character that "
            + "no text can hold. Nothing was changed.")
      ])
    case .queriesOpen:
      self = .notNow(
        code: "queries_open",
        sentence: "A data query on this form is not closed. Nothing was frozen.")
    case .notTried:
      self = .notNow(
        code: "dry_run_missing",
        sentence:
          "Nobody has read what this amendment means for the data of every class it touches. "
          + "Make its dry run first. Nothing was approved.")
    case .lookTaken:
      self = .notNow(
        code: "look_taken",
        sentence:
          "A look was taken since this amendment of the looks was drafted, and stays as it was planned. "
          + "Withdraw the draft and load it anew. Nothing was approved.")
    case .looksBetween:
      self = .notNow(
        code: "looks_between_versions",
        sentence:
          "An amendment of the looks is approved and not in force at every open site. The look is taken "
          + "when it is. Nothing was built.")
    case .requestTakenOver: self = .requestInProgress
    case .ratingsNotSubmitted:
      self = .notNow(
        code: "EC-RBR-01", sentence: "The blinding record comes after the ratings are submitted.")
    case .timeNotFree: self = .timeNotOffered
    case .ratingBegun: self = .ratingBegun
    case .studyNotEnrolling:
      self = .notNow(code: "study_not_enrolling", sentence: "The study is not enrolling.")
    case .siteNotActive:
      self = .notNow(code: "site_not_active", sentence: "The site is not active.")
    case .siteFull:
      self = .notNow(code: "site_full", sentence: "The site has no participant key left.")
    case .unblindingOutOfOrder:
      self = .notNow(
        code: "unblinding_out_of_order",
        sentence:
          "Unblinding needs a hard lock, the analysis plan on record and two people. Nothing was opened."
      )
    case .keyOutdated: self = .keyWrong
    case .notAcknowledged:
      self = .notNow(
        code: "not_acknowledged",
        sentence:
          "You have not acknowledged yet that your electronic signature binds you like one by hand. "
          + "Do so on the page “Your signature” first. Nothing was signed.")
    case .identityUnverified:
      self = .notNow(
        code: "identity_not_verified",
        sentence:
          "Nobody has recorded yet that your identity was verified. Ask who manages access. "
          + "Nothing was signed.")
    case .signatureUnproved: self = .signatureUnproved
    case .signatureNeedsBoth: self = .signatureNeedsBoth
    case .clockWrong: self = .clockWrong
    case .outcomeUnknown: self = .outcomeUnknown
    case .unavailable: self = .unavailable
    case .notUnique, .ledgerBroken, .internalFault: return nil
    }
  }
}

extension ActRefusal {
  /// Whether a form belongs to the treatment of a participant cannot be told before that is known.
  static let armUnknown = ActRefusal.notNow(
    code: "allocation_not_acknowledged",
    sentence:
      "This form belongs to an allocated treatment. It is handed in once the participant is "
      + "randomized and the treatment team has acknowledged the allocation. Nothing was saved.")

  /// What is to be signed is signed before it is closed.
  static let notSignedYet = ActRefusal.notNow(
    code: "not_signed",
    sentence: "This form is signed as it stands before it is frozen. Nothing was frozen.")

  /// Each signature is proved for itself.
  static let signatureUnproved = ActRefusal.notNow(
    code: "signature_unproved",
    sentence: "Each signature takes your password, given for it. Nothing was signed.")

  /// One refusal for whatever keeps a time from being offered, so that it tells of none.
  static let timeNotOffered = ActRefusal.notNow(
    code: "time_not_offered",
    sentence: "This time is not offered. Choose one of the times that are. Nothing was booked.")

  /// Up to its start a booking is changed; what has begun is finished.
  static let ratingBegun = ActRefusal.notNow(
    code: "rating_begun",
    sentence:
      "The rating has begun, or its time has come: its booking is not changed any more. "
      + "Nothing was changed.")

  /// 21 CFR 11.200(a)(1)(i): the first signing of a session takes all components.
  static let signatureNeedsBoth = ActRefusal.notNow(
    code: "signature_needs_both",
    sentence:
      "The first signature of a session takes your password and a one-time code. "
      + "Nothing was signed.")

  /// A wrong instant on an allocation or a signature could not be mended.
  static let clockWrong = ActRefusal.notNow(
    code: "clock_wrong",
    sentence:
      "The clock of this server is wrong by more than a minute, so nobody is randomized and nothing "
      + "is signed until it is set right. Nothing was changed. Tell the person who runs the server."
  )

  /// Who once knew arms gets no blinded role in the same study.
  static let onceUnblinded = ActRefusal.notNow(
    code: "once_unblinded",
    sentence:
      "This person held a role that knows arms in this study, and gets no blinded role in it "
      + "any more. Nothing was granted.")
}

extension String {
  /// Whether it can be a reason: three characters at least beside blanks around it.
  var hasWords: Bool { trimmingCharacters(in: .whitespacesAndNewlines).count >= 3 }
}
