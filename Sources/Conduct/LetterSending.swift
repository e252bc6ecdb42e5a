import Foundation
public import Store
import StudyModel

/// Hands a letter over to be sent; throws when it was not taken.
public protocol LetterCarrier: Sendable {
  /// Sends a whole letter, headers first, to the address in it.
  func carry(_ letter: String) async throws
}

extension Installation {
  /// Hands the letters of every live trial to a carrier; gives how many were not taken.
  ///
  /// Nobody is written to about a trial that is only practised (REQ-195).
  @discardableResult
  public func sendLetters(by carrier: any LetterCarrier, from sender: String) async -> Int {
    guard let trials = try? await trials() else { return 1 }
    var failed = 0
    for trial in trials where trial.mode == TrialMode.live.rawValue {
      failed += (try? await sendLetters(of: trial, by: carrier, from: sender)) ?? 1
    }
    return failed
  }

  /// Hands the letters of a trial to a carrier; gives how many were not taken.
  ///
  /// A letter is claimed first and its sending recorded after: one whose daemon died in between is sent
  /// again, never lost. What was not taken is tried again after growing pauses.
  public func sendLetters(
    of trial: Trial, by carrier: any LetterCarrier, from sender: String
  ) async throws -> Int {
    let context = RequestContext(
      trial: trial.id, actor: nil, role: "", sites: .all,
      now: trial.mode == TrialMode.simulation.rawValue ? clock.now : nil)
    let letters = try await refusing {
      try await store.session(.committee, context) { try $0.lettersToSend() }
    }
    var failed = 0
    for letter in letters {
      do {
        try await carrier.carry(Self.text(of: letter, from: sender))
      } catch {
        failed += 1
        continue
      }
      try await refusing {
        try await store.session(.committee, context) { try $0.letterSent(letter.letter) }
      }
    }
    return failed
  }

  /// A letter as it leaves: the same words whatever waits.
  ///
  /// It names no study, since an address names a person.
  static func text(of letter: ClaimedLetter, from sender: String) -> String {
    """
    From: Equipoise <\(sender)>
    To: \(letter.address)
    Subject: Something waits for you in Equipoise
    Message-ID: <\(letter.letter)@equipoise.invalid>
    Auto-Submitted: auto-generated
    MIME-Version: 1.0
    Content-Type: text/plain; charset=utf-8

    Something waits for you, and must be acted on by \(letter.dueAt).
    Sign in to Equipoise at the usual address to see what it is.

    This letter says no more on purpose. Do not answer it.

    """
  }

  /// Letters to people of the actor's role that did not go out.
  public func lettersInTrouble(as actor: Actor) async throws -> LetterTrouble {
    guard actor.role.can(.acknowledgeAlerts) || actor.role.can(.knowOfAlerts),
      [.open, .treating].contains(try actor.login())
    else { throw ActRefusal.notFound }
    return try await session(actor) { try $0.lettersInTrouble() }
  }

  /// Where a person's letters go, empty when nowhere.
  public func letterAddress(of user: UserID) async throws -> String {
    try await access { try $0.address(of: user) } ?? ""
  }

  /// Sets where a person's letters go; an empty address stops them.
  public func setLetterAddress(_ address: String, of user: UserID) async throws {
    let address = address.trimmingCharacters(in: .whitespaces)
    guard address.isEmpty || Self.isAddress(address) else {
      throw ActRefusal.invalid([
        Fault(
          field: "address", code: "bad_address",
          sentence: "An address has the form name@place, without spaces. Nothing was changed.")
      ])
    }
    try await access { try $0.setAddress(address, of: user) }
  }

  // No character that could begin a second header or a second recipient.
  private static func isAddress(_ text: String) -> Bool {
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    return parts.count == 2 && text.utf8.count <= 254
      && parts.allSatisfy { part in
        !part.isEmpty
          && part.unicodeScalars.allSatisfy {
            (0x21...0x7E).contains($0.value) && !"<>,;:\"()\\".unicodeScalars.contains($0)
          }
      }
  }
}
