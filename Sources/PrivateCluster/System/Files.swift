import Glibc

/// Why the system refused to touch a file: its own words, which name no content.
struct SystemFault: Error, Equatable {
  let path: String
  let number: Int32

  init(_ path: String, _ number: Int32 = errno) {
    self.path = path
    self.number = number
  }

  var words: String { unsafe String(cString: strerror(number)) }
}

/// What the cluster needs to know of one entry of a directory.
struct FileStatus: Sendable, Equatable {
  let userID: UInt32
  let groupID: UInt32
  let mode: UInt32
  let bytes: Int

  var isDirectory: Bool { mode & 0o170000 == 0o040000 }
  var permissions: UInt32 { mode & 0o7777 }

  /// Whether that account may pass through this directory.
  func isTraversable(by account: Account) -> Bool {
    if userID == account.userID { return mode & 0o100 != 0 }
    if groupID == account.groupID { return mode & 0o010 != 0 }
    return mode & 0o001 != 0
  }
}

/// The few acts on files the cluster needs, each refusing with the system's words.
enum Files {
  /// The entry itself, a symbolic link not followed; nil when there is none.
  static func status(_ path: String) throws(SystemFault) -> FileStatus? {
    var raw = stat()
    guard unsafe lstat(path, &raw) == 0 else {
      if errno == ENOENT { return nil }
      throw SystemFault(path)
    }
    return FileStatus(
      userID: raw.st_uid, groupID: raw.st_gid, mode: raw.st_mode, bytes: Int(raw.st_size))
  }

  /// Makes one directory, or accepts the one that is there; a symbolic link is not accepted.
  static func makeDirectory(_ path: String, mode: UInt32) throws(SystemFault) {
    if unsafe mkdir(path, mode) != 0 && errno != EEXIST { throw SystemFault(path) }
    guard let status = try status(path), status.isDirectory else {
      throw SystemFault(path, ENOTDIR)
    }
  }

  /// Makes the directory and all that lead to it; those in between are open to traverse.
  static func makeDirectories(_ path: String, mode: UInt32) throws(SystemFault) {
    let parts = path.split(separator: "/")
    var built = ""
    for (index, part) in parts.enumerated() {
      built += "/" + part
      let isLast = index == parts.count - 1
      if unsafe mkdir(built, isLast ? mode : 0o755) == 0 {
        // The daemon's mask may have taken away what those in between need.
        guard unsafe chmod(built, isLast ? mode : 0o755) == 0 else { throw SystemFault(built) }
      } else if errno != EEXIST {
        throw SystemFault(built)
      }
    }
  }

  /// Sets owner and permissions of an entry of ours.
  ///
  /// An owner that is right already is left alone: a hardened service may not call chown at all.
  static func give(
    _ path: String, to userID: UInt32, group: UInt32, mode: UInt32
  ) throws(SystemFault) {
    let present = try status(path)
    if present?.userID != userID || present?.groupID != group {
      guard unsafe lchown(path, userID, group) == 0 else { throw SystemFault(path) }
    }
    guard unsafe chmod(path, mode) == 0 else { throw SystemFault(path) }
  }

  /// The path without symbolic links.
  static func realPath(_ path: String) throws(SystemFault) -> String {
    guard let resolved = unsafe realpath(path, nil) else { throw SystemFault(path) }
    defer { unsafe free(resolved) }
    return unsafe String(cString: resolved)
  }

  /// Where a symbolic link points to, or nil when it cannot be read.
  static func linkTarget(_ path: String) -> String? {
    var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let length = unsafe buffer.withUnsafeMutableBytes { bytes in
      let place = unsafe bytes.assumingMemoryBound(to: CChar.self)
      guard let start = place.baseAddress else { return 0 }
      return unsafe readlink(path, start, place.count)
    }
    guard length > 0 else { return nil }
    return String(decoding: buffer.prefix(length), as: UTF8.self)
  }

  /// The text of a small file, or nil when it cannot be read; more than `limit` bytes are cut.
  static func text(_ path: String, limit: Int = 65_536) -> String? {
    let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    return text(from: file, limit: limit)
  }

  /// Reads a file descriptor to its end, or to the limit.
  static func text(from file: Int32, limit: Int = 65_536) -> String {
    var buffer = [UInt8](repeating: 0, count: limit)
    var filled = 0
    while filled < limit {
      let count = unsafe buffer.withUnsafeMutableBytes { bytes in
        unsafe read(file, bytes.baseAddress?.advanced(by: filled), limit - filled)
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { break }
      filled += count
    }
    return String(decoding: buffer.prefix(filled), as: UTF8.self)
  }

  /// Puts a whole file in place of the old one, so that a reader sees either and never a half.
  static func replace(
    _ path: String, with text: String, mode: UInt32, group: UInt32
  ) throws(SystemFault) {
    let fresh = path + ".new"
    _ = unsafe unlink(fresh)
    let file = unsafe open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
    guard file >= 0 else { throw SystemFault(fresh) }
    defer { close(file) }
    try write(text, to: file, path: fresh)
    // The group first: a change of owner may clear permission bits.
    try give(fresh, to: geteuid(), group: group, mode: mode)
    guard fsync(file) == 0, unsafe Glibc.rename(fresh, path) == 0 else { throw SystemFault(path) }
  }

  /// Writes all of the text from the present position.
  static func write(_ text: String, to file: Int32, path: String) throws(SystemFault) {
    let bytes = Array(text.utf8)
    var written = 0
    while written < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { all in
        unsafe Glibc.write(file, all.baseAddress?.advanced(by: written), all.count - written)
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw SystemFault(path) }
      written += count
    }
  }

  /// Moves an entry and makes the move outlast a power cut.
  static func rename(_ old: String, to new: String, in directory: String) throws(SystemFault) {
    guard unsafe Glibc.rename(old, new) == 0 else { throw SystemFault(new) }
    let file = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard file >= 0 else { throw SystemFault(directory) }
    defer { close(file) }
    guard fsync(file) == 0 else { throw SystemFault(directory) }
  }

  /// Removes a file; that there was none is no fault.
  static func remove(_ path: String) throws(SystemFault) {
    if unsafe unlink(path) != 0 && errno != ENOENT { throw SystemFault(path) }
  }

  /// The names in a directory, sorted; none when it cannot be read.
  static func names(in directory: String) -> [String] {
    guard let stream = unsafe opendir(directory) else { return [] }
    defer { unsafe closedir(stream) }
    var found: [String] = []
    while let entry = unsafe readdir(stream) {
      // The name is a C array of fixed length with a zero at its end, valid until the next read.
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { tuple in
        unsafe String(cString: UnsafeRawPointer(tuple).assumingMemoryBound(to: CChar.self))
      }
      if name != "." && name != ".." { found.append(name) }
    }
    return found.sorted()
  }

  /// Whether this process may execute the file.
  static func isExecutable(_ path: String) -> Bool { unsafe access(path, X_OK) == 0 }
}
