import Conduct
import Foundation
import Randomization
import Testing

@testable import LockedMemory

/// Keys in memory, as the kernel tells of it (security specification, 9).
@Suite struct LockedBytesTests {
  /// What `/proc/self/smaps` says of the pages at an address: its flags, and how much is locked.
  private static func pages(at address: UInt) throws -> (flags: Set<String>, locked: String)? {
    // A file of the kernel without a length: whoever reads it at one go has its first page.
    let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: "/proc/self/smaps"))
    let text = String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
    var (isHere, locked) = (false, "")
    for line in text.split(separator: "\n") {
      if let range = line.prefixMatch(of: /([0-9a-f]+)-([0-9a-f]+)\s/),
        let start = UInt(range.1, radix: 16), let end = UInt(range.2, radix: 16)
      {
        isHere = (start..<end).contains(address)
      } else if isHere, line.hasPrefix("Locked:") {
        locked = line.split(separator: " ")[1...].joined(separator: " ")
      } else if isHere, line.hasPrefix("VmFlags:") {
        return (Set(line.split(separator: " ").dropFirst().map(String.init)), locked)
      }
    }
    return nil
  }

  private static func address(of bytes: LockedBytes) -> UInt {
    unsafe bytes.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
  }

  @Test func `pages of a key are locked, and go into no core file and no forked process`() throws {
    let bytes = LockedBytes([UInt8](1...32))
    #expect(bytes.isLocked && bytes.copied == [UInt8](1...32))
    let pages = try #require(try Self.pages(at: Self.address(of: bytes)))
    #expect(pages.flags.isSuperset(of: ["lo", "dd", "wf"]), "\(pages.flags)")
    #expect(pages.locked != "0 kB" && !pages.locked.isEmpty, "\(pages.locked)")
    // Memory of the program that holds no key is none of that.
    let plain = [UInt8](repeating: 7, count: 1 << 20)
    let place = unsafe plain.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }
    let other = try #require(try Self.pages(at: place))
    #expect(other.flags.isDisjoint(with: ["lo", "dd", "wf"]), "\(other.flags)")
  }

  @Test func `bytes that are let go are overwritten, and so is an array that is wiped`() {
    let bytes = LockedBytes([UInt8](repeating: 0xa5, count: 5000))
    #expect(bytes.copied.allSatisfy { $0 == 0xa5 } && bytes.count == 5000)
    bytes.erase()
    #expect(bytes.copied == [UInt8](repeating: 0, count: 5000))
    var array: [UInt8] = Array(1...64)
    OwnMemory.wipe(&array)
    #expect(array == [UInt8](repeating: 0, count: 64))
    var empty: [UInt8] = []
    OwnMemory.wipe(&empty)
    #expect(LockedBytes(empty).copied.isEmpty)
  }

  @Test func `pages that are let go are no longer locked in the process`() throws {
    func locked() throws -> Int {
      let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
      let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmLck:") })
      return Int(line.split(separator: " ")[1]) ?? -1
    }
    // Much, so that keys of other tests that come and go meanwhile do not count.
    let before = try locked()
    try Self.during { _ = try #require(try locked() >= before + 8000) }
    #expect(try locked() < before + 4000)
  }

  private static func during(_ body: () throws -> Void) throws {
    let many = LockedBytes([UInt8](repeating: 1, count: 8 << 20))
    try body()
    #expect(many.isLocked)
  }

  @Test func `every key of an installation is locked, and prints as nothing`() throws {
    let keys = try #require(KeyRing(master: Array(0..<32)))
    #expect(keys.isLocked && keys.boxKey.isLocked)
    #expect(KeyRing(master: Array(0..<31)) == nil && BoxKey([UInt8](0..<33)) == nil)
    var text = "\(keys.boxKey) \(LockedBytes(keys.signIn.bytes))"
    dump(keys, to: &text)
    #expect(!text.contains("[") && !text.contains("0x"), "\(text)")
  }

  @Test func `a process that forbids core files has none, nor has one it starts`() throws {
    #expect(OwnMemory.forbidCoreFiles())
    let limits = try String(contentsOfFile: "/proc/self/limits", encoding: .utf8)
    let line = try #require(
      limits.split(separator: "\n").first { $0.hasPrefix("Max core file size") })
    #expect(line.split(separator: " ").filter { $0 == "0" }.count == 2, "\(line)")
  }
}
