import CLockedMemory
public import Foundation

/// Bytes of a key, in pages that are locked in memory, left out of core files and forked processes, and
/// wiped when the last holder lets go of them.
@safe
public final class LockedBytes: Sendable, ContiguousBytes, CustomStringConvertible,
  CustomReflectable
{
  /// How many bytes.
  public let count: Int
  /// Whether the system keeps the pages from its swap; its limit may refuse that.
  public let isLocked: Bool
  // Written once, before anybody else holds the object, and only read until it goes.
  nonisolated(unsafe) private let start: UnsafeMutableRawPointer

  /// Copies bytes; the copy that was handed in is whoever's it was.
  public init(_ bytes: some ContiguousBytes) {
    var (taken, length, isLocked): (UnsafeMutableRawPointer?, Int, CInt) = (nil, 0, 0)
    unsafe bytes.withUnsafeBytes { raw in
      length = raw.count
      unsafe taken = clocked_take(max(1, length), &isLocked)
      if let source = raw.baseAddress { unsafe taken?.copyMemory(from: source, byteCount: length) }
    }
    guard let taken = unsafe taken else { fatalError("no memory for a key") }
    unsafe start = taken
    count = length
    self.isLocked = isLocked != 0
  }

  deinit {
    erase()
    unsafe clocked_give(start, max(1, count))
  }

  /// Overwrites the bytes; nobody may need them any more.
  func erase() { unsafe clocked_wipe(start, max(1, count)) }

  /// Lends the bytes.
  public func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    try unsafe body(UnsafeRawBufferPointer(start: start, count: count))
  }

  /// A copy outside of the locked pages, for what takes nothing else.
  public var copied: [UInt8] { unsafe withUnsafeBytes { unsafe Array($0) } }

  /// A word in place of the bytes.
  public var description: String { "concealed bytes" }

  /// A mirror without children, so that no log can print a key.
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// What a process keeps off the disc of its own memory.
public enum OwnMemory {
  /// No core file is written of this process, nor of those it starts; false where that was refused.
  public static func forbidCoreFiles() -> Bool { clocked_forbid_core_files() == 0 }

  /// Overwrites the bytes of an array nobody else holds.
  public static func wipe(_ bytes: inout [UInt8]) {
    unsafe bytes.withUnsafeMutableBytes { raw in
      if let start = raw.baseAddress { unsafe clocked_wipe(start, raw.count) }
    }
  }
}
