import Glibc

/// The places and the account of a cluster, made ready and checked before anything is started.
struct Preparation: Sendable {
  let account: ServerAccount
  let layout: ClusterLayout
  let socketDirectory: String

  var settings: ServerSettings {
    ServerSettings(layout: layout, socketDirectory: socketDirectory)
  }

  /// Makes the state directory if needed, and refuses one the server could not work in.
  static func stateDirectory(
    _ path: String, for account: ServerAccount
  ) throws(ClusterRefusal) -> ClusterLayout {
    let state = try onDisk { () throws(SystemFault) in
      let place = absolute(path, from: try Files.realPath("."))
      try Files.makeDirectories(place, mode: 0o700)
      return try Files.realPath(place)
    }
    try openToServer(state, for: account)
    return ClusterLayout(state: state)
  }

  /// The path as it is meant from the directory the daemon was started in.
  static func absolute(_ path: String, from directory: String) -> String {
    path.hasPrefix("/") ? path : directory + "/" + path
  }

  /// Makes the directories of the server, each with its owner.
  static func directories(
    in layout: ClusterLayout, for account: ServerAccount
  ) throws(ClusterRefusal) -> Preparation {
    let group = account.account.groupID
    try onDisk { () throws(SystemFault) in
      try Files.makeDirectory(layout.settings, mode: 0o700)
      try Files.give(
        layout.settings, to: account.daemon.userID, group: group,
        mode: account.isOther ? 0o750 : 0o700)
    }
    let socketDirectory = layout.socketDirectory(shortBase: account.shortBase)
    for path in [layout.log, socketDirectory] {
      try ownedByServer(path, for: account)
    }
    return Preparation(account: account, layout: layout, socketDirectory: socketDirectory)
  }

  /// Writes the settings and who may log in; the operator's own file is written once only.
  func writeSettings(roles: [String]) throws(ClusterRefusal) {
    let group = account.account.groupID
    let identities = ServerSettings.identities(systemUser: account.daemon.name, roles: roles)
    try onDisk { () throws(SystemFault) in
      for (path, text) in [
        (layout.mainSettings, settings.main), (layout.accessRules, ServerSettings.access),
        (layout.identityMap, identities),
      ] {
        try Files.replace(path, with: text, mode: 0o640, group: group)
      }
      if try Files.status(layout.localSettings) == nil {
        try Files.replace(
          layout.localSettings, with: ServerSettings.firstLocal, mode: 0o640, group: group)
      }
    }
  }

  /// Refuses a state directory of somebody else, and one the server's account cannot reach.
  private static func openToServer(
    _ state: String, for account: ServerAccount
  ) throws(ClusterRefusal) {
    guard let status = try onDisk({ () throws(SystemFault) in try Files.status(state) }),
      status.userID == account.daemon.userID
    else { throw .ownedByAnotherAccount(path: state, expected: account.daemon.name) }
    guard account.isOther else { return }
    // Only what is closed to all but root is opened, and only to pass through: a directory with
    // other permissions was set up by a person on purpose.
    if status.permissions == 0o700 {
      try onDisk { () throws(SystemFault) in
        try Files.give(state, to: 0, group: account.account.groupID, mode: 0o710)
      }
    }
    try passable(state, for: account.account)
  }

  /// Refuses when the account cannot walk down to the directory.
  private static func passable(_ path: String, for account: Account) throws(ClusterRefusal) {
    var walked = ""
    for part in path.split(separator: "/") {
      walked += "/" + part
      let directory = walked
      let status = try onDisk { () throws(SystemFault) in try Files.status(directory) }
      guard let status, status.isTraversable(by: account) else {
        throw .notTraversable(directory: directory, account: account.name)
      }
    }
  }

  /// Makes a directory that belongs to the server alone, or refuses one that is another's.
  static func ownedByServer(_ path: String, for account: ServerAccount) throws(ClusterRefusal) {
    let server = account.account
    let status = try onDisk { () throws(SystemFault) in
      let old = try Files.status(path)
      if old == nil {
        try Files.makeDirectory(path, mode: 0o700)
        try Files.give(path, to: server.userID, group: server.groupID, mode: 0o700)
      }
      return try Files.status(path)
    }
    guard let status, status.isDirectory, status.userID == server.userID else {
      throw .ownedByAnotherAccount(path: path, expected: server.name)
    }
    guard status.permissions & 0o077 == 0 else {
      throw .stateDirectoryUnusable(path: path, words: "others than its owner may enter it")
    }
  }
}

/// Turns a fault of the file system into a refusal that names the place.
func onDisk<Value>(
  _ act: () throws(SystemFault) -> Value
) throws(ClusterRefusal) -> Value {
  do throws(SystemFault) {
    return try act()
  } catch {
    throw .stateDirectoryUnusable(path: error.path, words: error.words)
  }
}
