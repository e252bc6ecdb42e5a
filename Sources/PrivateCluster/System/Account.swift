import Glibc

/// A system account: whom a process runs as.
struct Account: Sendable, Equatable {
  let name: String
  let userID: UInt32
  let groupID: UInt32
  let home: String

  /// The account this process acts as, or nil when the system has no entry for it.
  static func current() -> Account? {
    unsafe copy(of: getpwuid(geteuid()))
  }

  /// The account with that name, or nil when the system has none.
  static func named(_ name: String) -> Account? {
    unsafe copy(of: getpwnam(name))
  }

  /// Copied at once: the next look-up overwrites the memory the system lent us.
  private static func copy(of entry: UnsafeMutablePointer<passwd>?) -> Account? {
    guard let entry = unsafe entry else { return nil }
    return unsafe Account(
      name: String(cString: entry.pointee.pw_name),
      userID: entry.pointee.pw_uid,
      groupID: entry.pointee.pw_gid,
      home: String(cString: entry.pointee.pw_dir))
  }
}
