import Postgres
public import StudyModel

/// A letter that is claimed and must be handed to the mail program.
public struct ClaimedLetter: Sendable, Equatable {
  /// The random name.
  public let letter: String
  /// Where it goes.
  public let address: String
  /// The instant by which somebody must have acted.
  public let dueAt: UTCInstant
}

/// Letters to people of a role that did not go out.
public struct LetterTrouble: Sendable, Equatable {
  /// Letters the mail program did not take.
  public let undelivered: Int
  /// People who gave no address.
  public let withoutAddress: Int
}

enum LetterSQL: String, StatementSet {
  case claim = "select letter, address, due_at from access.letters_to_send()"
  case sent = "select access.letter_sent($1)"
  case trouble = "select undelivered, without_address from access.letters_in_trouble()"
  case setAddress = "select access.set_address($1, $2)"
  case address = "select address from access.addresses where user_id = $1 and address is not null"
}

extension Session {
  /// Claims the letters of the trial that are due.
  public func lettersToSend() throws(StoreError) -> [ClaimedLetter] {
    try rows(LetterSQL.claim.statement).map { row throws(StoreError) in
      ClaimedLetter(
        letter: try row.text(0), address: try row.text(1), dueAt: try row.instant(2))
    }
  }

  /// Records that the mail program took a letter.
  public func letterSent(_ letter: String) throws(StoreError) {
    _ = try rows(LetterSQL.sent.statement, .text(letter))
  }

  /// Letters to people of the acting role in its sites that did not go out.
  public func lettersInTrouble() throws(StoreError) -> LetterTrouble {
    guard let row = try first(LetterSQL.trouble.statement) else { throw .internalFault(nil) }
    return LetterTrouble(undelivered: try row.int(0), withoutAddress: try row.int(1))
  }

  /// Sets where the letters of a person go; none when the address is empty.
  public func setAddress(_ address: String, of user: UserID) throws(StoreError) {
    _ = try rows(LetterSQL.setAddress.statement, .int(Int64(user)), .text(address))
  }

  /// Where the letters of a person go, nil when nowhere.
  public func address(of user: UserID) throws(StoreError) -> String? {
    try first(LetterSQL.address.statement, .int(Int64(user)))?.text(0)
  }
}
