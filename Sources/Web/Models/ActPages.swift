import Conduct
import Pages
import Store
import StudyModel

extension Call {
  /// Runs an act and goes to the page that tells what happened; a refusal shows the page of the
  /// act again with its sentence, so that nobody has to find the way back.
  func act(
    _ act: () async throws -> String, orShow page: ([Pages.Fault]) async throws -> [UInt8]
  ) async throws -> Answer {
    try await self.answer {
      .see(try await act())
    } orShow: {
      try await page($0)
    }
  }

  /// The answer to an act, or the same page with what is wrong.
  func answer(
    _ act: () async throws -> Answer, orShow page: ([Pages.Fault]) async throws -> [UInt8]
  ) async throws -> Answer {
    do {
      return try await act()
    } catch let refusal as ActRefusal {
      // Of an unknown outcome the request key tells more than this page could.
      guard refusal != .notFound, refusal != .outcomeUnknown else { throw refusal }
      return .page(
        try await page(Self.faults(of: refusal)), status: Refusals.status(of: refusal))
    }
  }

  /// The answer to an act of who proves it with the form, or the same page with what is wrong: after a right
  /// proof it asks for no second one.
  func provenAnswer(
    _ act: (Call) async throws -> Answer,
    orShow page: (Call, [Pages.Fault]) async throws -> [UInt8]
  ) async throws -> Answer {
    var call = self
    return try await answer {
      call.signedIn = try await freshActor()
      return try await act(call)
    } orShow: {
      try await page(call, $0)
    }
  }

  /// A refusal as the faults of a page.
  static func faults(of refusal: ActRefusal) -> [Pages.Fault] {
    switch refusal {
    case .invalid(let faults):
      faults.map { Pages.Fault(field: $0.field ?? "", sentence: $0.sentence) }
    case .notReady(let outcomes):
      outcomes.filter { !$0.isMet }.map { Pages.Fault(field: "", sentence: $0.unmet) }
    case .authenticationFailed, .authenticationStale, .secondFactorStale:
      [Pages.Fault(field: "password", sentence: refusal.sentence)]
    case .notFound, .stale, .closed, .noFurtherData, .reasonMissing, .notNow, .requestKeyReused,
      .requestInProgress, .requestLost, .unchanged, .outcomeUnknown, .unavailable, .keyMissing,
      .keyWrong, .sealDamaged:
      [Pages.Fault(field: "", sentence: refusal.sentence)]
    }
  }

  /// What the page of an act asks for: nothing when the person has just proved who they are.
  var proof: Authentication { isFresh ? .notNeeded : .password }

  /// What the page of a signature asks for: each is proved for itself, the first of a session by both.
  func signatureProof() async throws -> Authentication {
    switch session?.signatureTakes ?? .both {
    case .nothing: return isFresh ? .notNeeded : .password
    case .password: return .password
    case .both: return try await passwordAndSecondFactor()
    }
  }

  /// What the page of an act asks for that opens an arm, gives files or changes what somebody may do.
  func secondFactorProof() async throws -> Authentication {
    isSecondFactorFresh ? .notNeeded : try await passwordAndSecondFactor()
  }

  /// What the page of a signature asks for by which arms are opened or roles end.
  func signatureAndSecondFactorProof() async throws -> Authentication {
    isSecondFactorFresh ? try await signatureProof() : try await passwordAndSecondFactor()
  }

  /// Password and one-time code, or a passkey where there is one.
  func passwordAndSecondFactor() async throws -> Authentication {
    let code = try await bothProofs()
    guard let user = session?.user, try await installation.hasPasskey(user, at: party) else {
      return code
    }
    if case .passwordAndShownCode(let digits) = code {
      return .passwordAndPasskeyOrCode(shown: digits)
    }
    return .passwordAndPasskeyOrCode(shown: "")
  }
}

extension Times {
  /// An instant of a report, which is read in many zones: `2027-09-14, 08:42 UTC`.
  static func utc(_ instant: String) -> String {
    "\(instant.prefix(10)), \(instant.dropFirst(11).prefix(5)) UTC"
  }
}
