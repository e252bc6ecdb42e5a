/// The accounts with their roles.
public struct AccountsModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// The accounts in order of their names.
  public var rows: [AccountRow]
  /// Pages beside: a new account, roles that wait, who held what when.
  public var links: [Link]

  /// All of it at once.
  public init(frame: PageFrame, rows: [AccountRow], links: [Link] = []) {
    self.frame = frame
    self.rows = rows
    self.links = links
  }
}

/// One account.
public struct AccountRow: Sendable, Equatable {
  /// The name of the person.
  public var name: String
  /// The user name.
  public var user: String
  /// Where the account is.
  public var href: String
  /// Roles and places in words.
  public var roles: String
  /// Its state.
  public var chip: Chip
  /// The last sign-in.
  public var lastSignIn: String
  /// The evidence of training.
  public var training: String

  /// All of it at once.
  public init(
    name: String, user: String, href: String, roles: String, chip: Chip, lastSignIn: String,
    training: String
  ) {
    self.name = name
    self.user = user
    self.href = href
    self.roles = roles
    self.chip = chip
    self.lastSignIn = lastSignIn
    self.training = training
  }
}

/// One account with its roles and grants.
public struct AccountModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// The list.
  public var back: Link
  /// The name of the person.
  public var name: String
  /// Its state.
  public var chip: Chip
  /// User name, second proof, last sign-in.
  public var facts: [Fact]
  /// The roles with place, from, until and who granted them.
  public var grants: DataTable
  /// Giving and ending roles, reset, disabling.
  public var acts: [ActForm]
  /// Why it was refused.
  public var faults: [Fault]
  /// Whether what is asked for stands before what was found.
  public var actsFirst: Bool

  /// All of it at once.
  public init(
    frame: PageFrame, back: Link, name: String, chip: Chip, facts: [Fact], grants: DataTable,
    acts: [ActForm] = [], faults: [Fault] = [], actsFirst: Bool = false
  ) {
    self.actsFirst = actsFirst
    self.frame = frame
    self.back = back
    self.name = name
    self.chip = chip
    self.facts = facts
    self.grants = grants
    self.acts = acts
    self.faults = faults
  }
}
