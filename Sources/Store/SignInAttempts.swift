import Postgres

enum SignInSQL: String, StatementSet {
  case judge = "select access.judge_sign_in($1, $2, $3, $4)"
  case settle = "select access.settle_sign_in($1, $2)"
  case spendStep = """
    update access.users set factor_step = $2 where user_id = $1 and factor_step < $2
    """
}

extension Session {
  /// Whether a sign-in goes on; a refused one is counted by account and by address, and delays the next.
  ///
  /// - Parameters:
  ///   - user: nil for an unknown name, which is counted by its address alone.
  ///   - address: where it comes from, empty when that is not known.
  public func judgeSignIn(
    of user: UserID?, name: String, from address: String, isRight: Bool
  ) throws(StoreError) -> Bool {
    guard
      let row = try first(
        SignInSQL.judge.statement, user.map(SQLValue.int) ?? .null, .text(name), .text(address),
        .bool(isRight))
    else { throw .internalFault(nil) }
    return try row.bool(0)
  }

  /// Takes off an address what an account that signed in from there failed there.
  public func settleSignIn(from address: String, of user: UserID) throws(StoreError) {
    _ = try rows(SignInSQL.settle.statement, .text(address), .int(user))
  }

  /// Uses a step of the one-time code within a session; false when it was used before.
  public func spendFactorStep(_ user: UserID, _ step: Int64) throws(StoreError) -> Bool {
    try rows(SignInSQL.spendStep.statement, .int(user), .int(step)).affected == 1
  }
}
